package lattice.bench.mesh;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.Transaction;
import lattice.bench.Options;
import lattice.bench.protocol.LauncherScript;
import org.HdrHistogram.Histogram;

/** Three real nodes of one mesh, on loopback, as the script {@code lattice} runs them; what is written comes from the first. */
final class ThreeNodes implements AutoCloseable {
    /** How many writes are under way where as many as possible are written. */
    static final int UNANSWERED = 512;
    private static final int COUNT = 3;
    static final int VALUE_BYTES = 100;
    private static final int PATIENCE_SECONDS = 300;
    private static final int LOOK_EVERY_MILLIS = 10;
    private static final int REST_SECONDS = 3;
    /** So many seconds of a processor in one, all nodes together, are rest. */
    private static final double AT_REST = 0.15;
    private static final Path LAUNCHER = Path.of("lattice");

    private final List<NodeOfMesh> nodes = new ArrayList<>();

    ThreeNodes(Options options, Path folder) throws Exception {
        List<String> machine = options.nodeJvm().isPresent() ? options.nodeJvm().get() : LauncherScript.nodeOptions(LAUNCHER);
        try {
            for (int i = 0; i < COUNT; i++) {
                nodes.add(new NodeOfMesh(options.jar(), machine, folder.resolve("node" + i)));
                if (i > 0) {
                    nodes.get(i).join(nodes.get(0));
                }
            }
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    NodeOfMesh node(int index) {
        return nodes.get(index);
    }

    /** Writes so many, with so many unanswered, through a store of this mesh. */
    static void write(Store from, String group, int count, int unanswered) throws Exception {
        new Writes(i -> put(from, group, i), new long[count]).atOnce(unanswered);
    }

    private static CompletableFuture<?> put(Store store, String group, int number) {
        return store.submit(Transaction.of(new Mutation.Put(key(group, number),
                new byte[VALUE_BYTES]))).toCompletableFuture();
    }

    private static Key key(String group, int number) {
        return new Key("/bench/" + group + "/" + number);
    }

    /** Writes at one node at a pace; returns how long it took until a watch at another showed each. */
    static Histogram paced(Store from, Store to, String group, int count, int perSecond) throws Exception {
        long[] written = new long[count];
        try (Arrivals arrivals = new Arrivals(to, new Prefix("/bench/" + group), written)) {
            new Writes(i -> put(from, group, i), written).paced(perSecond);
            return arrivals.await(PATIENCE_SECONDS);
        }
    }

    /** Writes at one node; returns the seconds until the others have it all. */
    static double spread(Store from, List<Store> others, String group, int count, int unanswered) throws Exception {
        long began = System.nanoTime();
        write(from, group, count, unanswered);
        for (Store other : others) {
            awaitLast(other, group, count);
        }
        return (System.nanoTime() - began) / 1e9;
    }

    /** Waits until the last of what was written is there: what one node writes is seen in its order. */
    static void awaitLast(Store store, String group, int count) throws Exception {
        await("what was written is not on all nodes", () -> store.get(key(group, count - 1)).isPresent());
    }

    /** What is waited for. */
    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(String otherwise, Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("After " + PATIENCE_SECONDS + " s " + otherwise + ".");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
        }
    }

    /** Waits until they have nothing more to do, such as making checkpoints after much was written. */
    void awaitRest() throws Exception {
        double busy = cpuSeconds();
        int quiet = 0;
        for (int seconds = 0; quiet < REST_SECONDS; seconds++) {
            if (seconds > PATIENCE_SECONDS) {
                throw new IllegalStateException("After " + PATIENCE_SECONDS + " s the nodes are still busy.");
            }
            TimeUnit.SECONDS.sleep(1);
            double now = cpuSeconds();
            quiet = now - busy < AT_REST ? quiet + 1 : 0;
            busy = now;
        }
    }

    /** How long all of them together have used a processor, in seconds. */
    double cpuSeconds() throws IOException {
        double seconds = 0;
        for (NodeOfMesh node : nodes) {
            seconds += node.cpuSeconds();
        }
        return seconds;
    }

    /** Bytes that all of them together have sent over the links that they have now. */
    long sent() throws IOException {
        long bytes = 0;
        for (NodeOfMesh node : nodes) {
            bytes += node.sent();
        }
        return bytes;
    }

    int count() {
        return nodes.size();
    }

    @Override
    public void close() throws Exception {
        for (NodeOfMesh node : nodes) {
            node.close();
        }
    }
}
