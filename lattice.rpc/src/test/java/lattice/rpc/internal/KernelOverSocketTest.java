package lattice.rpc.internal;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import lattice.api.statemachine.StateMachine;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.node.NodeKernel;
import lattice.kernel.internal.store.ActingStore;
import lattice.kernel.internal.store.Engine;
import lattice.testkit.StoreContract;
import org.junit.jupiter.api.io.TempDir;

/** The store of a node keeps its promises over the socket: as for those in its process, so for those beside it. */
class KernelOverSocketTest extends StoreContract {
    @TempDir
    Path home;

    @Override
    protected Opened open(Map<String, StateMachine> stateMachines) throws Exception {
        NodeKernel kernel = new NodeKernel(home, WallClock.SYSTEM, new DiskFiles(),
                name -> Optional.ofNullable(stateMachines.get(name)), new NodeKernel.StoreListener() {
                    @Override
                    public void opened(Engine store) {
                        // Only the root store is served.
                    }

                    @Override
                    public void closing(Engine store) {
                        // Nobody holds on to it.
                    }
                });
        return new OverSocket(new ServedStore(Limits.standard(), kernel.identity().id(), ActingStore.ofNode(kernel.root()),
                (service, acl) -> ActingStore.ofService(kernel.root(), service, acl), kernel), kernel.identity().id());
    }
}
