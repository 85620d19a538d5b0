package lattice.rpc.internal;

import java.util.Map;
import lattice.api.statemachine.StateMachine;
import lattice.testkit.InMemoryStore;
import lattice.testkit.StoreContract;
import lattice.testkit.TestNodeStatus;

/** A store in memory keeps its promises over the socket: the same answers, the same errors, the same order. */
class StoreOverSocketTest extends StoreContract {
    @Override
    protected Opened open(Map<String, StateMachine> stateMachines) throws Exception {
        InMemoryStore memory = new InMemoryStore();
        stateMachines.forEach(memory::register);
        ServedStore served = new ServedStore(Limits.standard(), memory);
        return new OverSocket(served, TestNodeStatus.NODE);
    }
}
