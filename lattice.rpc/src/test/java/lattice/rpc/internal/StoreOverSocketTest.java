package lattice.rpc.internal;

import java.util.Map;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.statemachine.StateMachine;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.testkit.InMemoryStore;
import lattice.testkit.StoreContract;
import lattice.testkit.TestNodeStatus;

/** A store keeps its promises over the socket: the same answers, the same errors, the same order. */
class StoreOverSocketTest extends StoreContract {
    @Override
    protected Opened open(Map<String, StateMachine> stateMachines) throws Exception {
        InMemoryStore memory = new InMemoryStore();
        stateMachines.forEach(memory::register);
        ServedStore served = new ServedStore(Limits.standard(), memory);
        Acl everything = new Acl(Set.of(Prefix.ALL), Set.of(Prefix.ALL));
        Store operator = served.client(ServedStore.OPERATOR, served.tokenFor(ServedStore.OPERATOR, everything));
        return new Opened() {
            @Override
            public Store store() {
                return operator;
            }

            @Override
            public Store restrictedTo(ServiceId service, Acl acl) {
                return served.client(service, served.tokenFor(service, acl));
            }

            @Override
            public NodeId node() {
                return TestNodeStatus.NODE;
            }

            @Override
            public void close() throws Exception {
                served.close();
            }
        };
    }
}
