package lattice.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.node.CheckpointPolicy;
import lattice.kernel.internal.node.NodeKernel;
import lattice.kernel.internal.node.Retention;
import lattice.kernel.internal.store.ActingStore;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;

/** All stores that can be measured. */
public final class Subjects {
    /** The one that the others are peers of. */
    public static final String LATTICE = "lattice";

    private Subjects() {
    }

    public static List<Subject.Opening> all() {
        return List.of(
                opening(LATTICE, true, Subjects::lattice),
                opening("rocksdb", true, RocksDbSubject::new),
                opening("mvstore", true, MvStoreSubject::new),
                opening("redis", false, RedisSubject::new),
                opening("etcd", false, EtcdSubject::new));
    }

    /** Those of the given names. */
    public static List<Subject.Opening> among(Set<String> names) {
        return all().stream().filter(opening -> names.contains(opening.name())).toList();
    }

    /** Whether a store lives in this process, so that no message has to go to it and back. */
    public static boolean isInProcess(String name) {
        return among(Set.of(name)).stream().anyMatch(Subject.Opening::isInProcess);
    }

    /**
     * The root store of a node that has nothing but its kernel: its log, view, signatures and watches are all there. Its
     * retention is what the properties of this process say, as of a node.
     */
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
                }, Retention.limits(System::getProperty), CheckpointPolicy.DEFAULT);
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
