package lattice.kernel.internal.store;

import java.nio.file.Path;
import java.util.Map;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.statemachine.StateMachine;
import lattice.api.store.Acl;
import lattice.api.store.Store;
import lattice.testkit.StoreContract;
import org.junit.jupiter.api.io.TempDir;

final class EngineContractTest extends StoreContract {
    @TempDir
    Path home;

    @Override
    protected Opened open(Map<String, StateMachine> stateMachines) throws Exception {
        TestEngines engines = new TestEngines(home).machines(stateMachines);
        Engine engine = engines.open();
        return new Opened() {
            @Override
            public Store store() {
                return ActingStore.ofNode(engine);
            }

            @Override
            public Store restrictedTo(ServiceId service, Acl acl) {
                return ActingStore.ofService(engine, service, acl);
            }

            @Override
            public NodeId node() {
                return engines.identity().id();
            }

            @Override
            public void close() {
                engine.close();
                engines.close();
            }
        };
    }
}
