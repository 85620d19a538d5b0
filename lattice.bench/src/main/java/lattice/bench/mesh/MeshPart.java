package lattice.bench.mesh;

import java.nio.file.Files;
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
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.EtcdCluster;
import lattice.bench.subject.Subject;
import lattice.client.NodeConnection;
import org.HdrHistogram.Histogram;

/** Three real nodes that share a store, and three members of etcd, in one run on one machine, one after the other. */
public final class MeshPart implements Part {
    private static final String LATTICE = "lattice";
    private static final String ETCD = "etcd";
    private static final int RATE = 1_000;
    private static final int UNANSWERED = 512;
    private static final int SUSTAINED_PER_SECOND = 10_000;
    private static final int MISSED = 200_000;
    private static final int VALUE_BYTES = 100;
    private static final int IDLE_SECONDS = 20;
    private static final int PATIENCE_SECONDS = 300;
    private static final int GIVEN_UP_SECONDS = 15;
    private static final int MAX_SLICES = 30;
    private static final int VAIN_SLICES = 6;
    private static final double STILL_FASTER = 0.9;
    private static final int ABSENCES = 3;
    private static final int LOOK_EVERY_MILLIS = 10;

    @Override
    public String name() {
        return "mesh";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        if (!Files.isRegularFile(options.jar())) {
            report.skip("mesh", options.jar() + " is not there: build the distribution first.");
            return;
        }
        int paced = (int) (RATE * options.seconds());
        int many = (int) (SUSTAINED_PER_SECOND * options.seconds());
        Path folder = Folders.temporary(options.folder(), name());
        try {
            etcd(folder.resolve(ETCD), paced, many, report);
            lattice(options.jar(), folder, paced, many, report);
        } finally {
            Folders.delete(folder);
        }
    }

    /** Puts at a pace and says how long each took. */
    private interface Slice {
        Histogram run(String group) throws Exception;
    }

    /**
     * Warms a subject up with what is measured then, until that gets no faster: a machine that compiles while it runs takes a
     * minute or two of it, one that does not is done at once. Then measures; what it was right after the start is told too.
     */
    private static void steady(Report report, String subject, String measure, String goal, Slice slice) throws Exception {
        Histogram first = slice.run("paced-0");
        double best = first.getValueAtPercentile(50);
        int number = 1;
        for (int vain = 0; vain < VAIN_SLICES && number < MAX_SLICES; number++) {
            double now = slice.run("paced-" + number).getValueAtPercentile(50);
            vain = now > best * STILL_FASTER ? vain + 1 : 0;
            best = Math.min(best, now);
        }
        add(report, subject, measure, slice.run("paced-" + number), goal);
        report.add(Row.of(subject, measure + ", p50, right after the start", first.getValueAtPercentile(50) / 1e6, "ms"));
    }

    private static void add(Report report, String subject, String measure, Histogram nanos, String goal) {
        report.add(new Row(subject, measure + ", p50", nanos.getValueAtPercentile(50) / 1e6, "ms", goal));
        report.add(Row.of(subject, measure + ", p99", nanos.getValueAtPercentile(99) / 1e6, "ms"));
    }

    private static void etcd(Path folder, int paced, int many, Report report) throws Exception {
        byte[] value = new byte[VALUE_BYTES];
        try (EtcdCluster cluster = new EtcdCluster(folder)) {
            // The first calls find a leader, and warm both ends up.
            new Writes(i -> cluster.put("/warm/" + i, value), new long[paced]).atOnce(UNANSWERED / 8);
            steady(report, ETCD, "3 members, put at 1,000/s to committed", "", group -> new Writes(
                    i -> cluster.put("/" + group + "/" + i, value), new long[paced]).paced(RATE));
            report.add(Row.of(ETCD, "3 members, sustained writes", many / fastest(group -> {
                long began = System.nanoTime();
                new Writes(i -> cluster.put("/" + group + "/" + i, value), new long[many]).atOnce(UNANSWERED);
                return seconds(began);
            }), "/s"));
        } catch (Subject.UnavailableException e) {
            report.skip(ETCD, e.getMessage());
        }
    }

    /** Writes many at once and says how many seconds that took. */
    private interface Burst {
        double run(String group) throws Exception;
    }

    /** The best, once it gets no faster: the first ones warm up, as in {@link #steady}. */
    private static double fastest(Burst burst) throws Exception {
        double best = burst.run("many-0");
        int number = 1;
        for (int vain = 0; vain < VAIN_SLICES && number < MAX_SLICES; number++) {
            double now = burst.run("many-" + number);
            vain = now > best * STILL_FASTER ? vain + 1 : 0;
            best = Math.min(best, now);
        }
        return best;
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private static void lattice(Path jar, Path folder, int paced, int many, Report report) throws Exception {
        List<NodeOfMesh> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                nodes.add(new NodeOfMesh(jar, folder.resolve("node" + i)));
                if (i > 0) {
                    nodes.get(i).join(nodes.get(0));
                }
            }
            try (NodeConnection writer = nodes.get(0).connect(); NodeConnection second = nodes.get(1).connect();
                    NodeConnection third = nodes.get(2).connect()) {
                spread(writer.store(), List.of(second.store(), third.store()), "warm", paced, UNANSWERED / 8);
                steady(report, LATTICE, "3 nodes, put at 1,000/s to watch on another", "no more than etcd's",
                        group -> pacedSpread(writer.store(), second.store(), group, paced));
                List<Store> others = List.of(second.store(), third.store());
                report.add(new Row(LATTICE, "3 nodes, sustained writes, on all three",
                        many / fastest(group -> spread(writer.store(), others, group, many, UNANSWERED)), "/s",
                        "at least 3 times etcd's"));
                double busy = cpuSeconds(nodes);
                spread(writer.store(), others, "busy", many, UNANSWERED);
                report.add(Row.of(LATTICE, "3 nodes, sustained writes, processor of all three for each",
                        1e6 * (cpuSeconds(nodes) - busy) / many, "us"));
            }
            catchUp(nodes, "grouped commits", UNANSWERED, ABSENCES, "100,000/s", report);
            // Written one by one, which takes minutes.
            catchUp(nodes, "single-put commits", 1, 1, "", report);
            idle(nodes, report);
        } finally {
            for (NodeOfMesh node : nodes) {
                node.close();
            }
        }
    }

    private static CompletableFuture<?> put(Store store, String group, int number) {
        return store.submit(Transaction.of(new Mutation.Put(key(group, number),
                new byte[VALUE_BYTES]))).toCompletableFuture();
    }

    private static Key key(String group, int number) {
        return new Key("/bench/" + group + "/" + number);
    }

    private static Histogram pacedSpread(Store from, Store to, String group, int count) throws Exception {
        long[] written = new long[count];
        try (Arrivals arrivals = new Arrivals(to, new Prefix("/bench/" + group), written)) {
            new Writes(i -> put(from, group, i), written).paced(RATE);
            return arrivals.await(PATIENCE_SECONDS);
        }
    }

    /** Writes at one node; returns the seconds until the others have it all: what one node writes is seen in its order. */
    private static double spread(Store from, List<Store> others, String group, int count, int unanswered) throws Exception {
        long began = System.nanoTime();
        new Writes(i -> put(from, group, i), new long[count]).atOnce(unanswered);
        for (Store other : others) {
            await("what was written is not on all nodes", () -> other.get(key(group, count - 1)).isPresent());
        }
        return seconds(began);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String otherwise, Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("After " + PATIENCE_SECONDS + " s " + otherwise + ".");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
        }
    }

    /**
     * One node is held still while keys are written; how fast it gets them, from when it has a link until it has the last, which
     * comes last: what one node writes is seen in its order. That all is equal then is checked behind it: to hash a store again
     * and again would slow down what is measured.
     */
    private static void catchUp(List<NodeOfMesh> nodes, String what, int unanswered, int absences, String goal,
            Report report) throws Exception {
        CaughtUp first = catchUp(nodes, "missed-" + unanswered + "-0", unanswered);
        CaughtUp best = first;
        for (int i = 1; i < absences; i++) {
            CaughtUp next = catchUp(nodes, "missed-" + unanswered + "-" + i, unanswered);
            best = next.seconds < best.seconds ? next : best;
        }
        String measure = "catching up with 200,000 keys, " + what;
        report.add(new Row(LATTICE, measure, MISSED / best.seconds, "/s", goal));
        if (absences > 1) {
            report.add(Row.of(LATTICE, measure + ", the first time", MISSED / first.seconds, "/s"));
        }
        report.add(Row.of(LATTICE, measure + ", its processor for each", 1e6 * best.cpuSeconds / MISSED, "us"));
    }

    /** How long a node took to catch up, and how long its processors were busy for it. */
    private record CaughtUp(double seconds, double cpuSeconds) {
    }

    private static CaughtUp catchUp(List<NodeOfMesh> nodes, String group, int unanswered) throws Exception {
        NodeOfMesh away = nodes.get(2);
        away.hold();
        try (NodeConnection writer = nodes.get(0).connect()) {
            new Writes(i -> put(writer.store(), group, i), new long[MISSED]).atOnce(unanswered);
        }
        // By then the others have given up on it, however fast that went.
        TimeUnit.SECONDS.sleep(GIVEN_UP_SECONDS);
        away.letGo();
        await("a node that was away has no link", away::isLinked);
        double busy = away.cpuSeconds();
        long began = System.nanoTime();
        double took;
        try (NodeConnection late = away.connect()) {
            await("a node that missed " + MISSED + " keys has not caught up",
                    () -> late.store().get(key(group, MISSED - 1)).isPresent());
            took = seconds(began);
        }
        busy = away.cpuSeconds() - busy;
        String digest = nodes.get(0).digest();
        await("a node that was away is not equal to the others", () -> away.digest().equals(digest));
        return new CaughtUp(took, busy);
    }

    private static long sent(List<NodeOfMesh> nodes) throws Exception {
        long bytes = 0;
        for (NodeOfMesh node : nodes) {
            bytes += node.sent();
        }
        return bytes;
    }

    private static double cpuSeconds(List<NodeOfMesh> nodes) throws Exception {
        double seconds = 0;
        for (NodeOfMesh node : nodes) {
            seconds += node.cpuSeconds();
        }
        return seconds;
    }

    private static void idle(List<NodeOfMesh> nodes, Report report) throws Exception {
        TimeUnit.SECONDS.sleep(5);
        double cpu = cpuSeconds(nodes);
        long bytes = sent(nodes);
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        cpu = cpuSeconds(nodes) - cpu;
        bytes = sent(nodes) - bytes;
        report.add(Row.of(LATTICE, "idle, processor per node", 100 * cpu / nodes.size() / IDLE_SECONDS, "%"));
        report.add(Row.of(LATTICE, "idle, bytes sent per node", (double) bytes / nodes.size() / IDLE_SECONDS, "/s"));
    }
}
