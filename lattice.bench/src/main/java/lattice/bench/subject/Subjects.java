package lattice.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.node.NodeKernel;
import lattice.kernel.internal.store.ActingStore;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;

/** All stores that can be measured. */
public final class Subjects {
    private Subjects() {
    }

    public static List<Subject.Opening> all() {
        return List.of(
                opening("lattice", true, Subjects::lattice),
                opening("rocksdb", true, RocksDbSubject::new),
                opening("mvstore", true, MvStoreSubject::new),
                opening("redis", false, RedisSubject::new),
                opening("etcd", false, EtcdSubject::new));
    }

    /** The root store of a node that has nothing but its kernel: its log, view, signatures and watches are all there. */
    private static Subject lattice(Path folder) throws IOException {
        NodeKernel kernel = new NodeKernel(folder, WallClock.SYSTEM, new DiskFiles(), StateMachines.NONE,
                new NodeKernel.StoreListener() {
                    @Override
                    public void opened(Engine store) {
                        // Nobody else is to know.
                    }

                    @Override
                    public void closing(Engine store) {
                        // Nobody else knew.
                    }
                });
        return new StoreSubject(ActingStore.ofNode(kernel.root()), kernel);
    }

    private interface Open {
        Subject open(Path folder) throws Exception;
    }

    private static Subject.Opening opening(String name, boolean inProcess, Open open) {
        return new Subject.Opening() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean isInProcess() {
                return inProcess;
            }

            @Override
            public Subject open(Path folder) throws Exception {
                return open.open(folder);
            }
        };
    }
}
