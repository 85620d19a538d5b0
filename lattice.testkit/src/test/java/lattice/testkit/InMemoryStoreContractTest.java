package lattice.testkit;

import java.util.Map;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.statemachine.StateMachine;
import lattice.api.store.Acl;
import lattice.api.store.Store;

final class InMemoryStoreContractTest extends StoreContract {
    @Override
    protected Opened open(Map<String, StateMachine> stateMachines) {
        InMemoryStore store = new InMemoryStore();
        stateMachines.forEach(store::register);
        return new Opened() {
            @Override
            public Store store() {
                return store;
            }

            @Override
            public Store restrictedTo(ServiceId service, Acl acl) {
                return store.restrictedTo(service, acl);
            }

            @Override
            public NodeId node() {
                return TestNodeStatus.NODE;
            }

            @Override
            public void close() {
                store.close();
            }
        };
    }
}
