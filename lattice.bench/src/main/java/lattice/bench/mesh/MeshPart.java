package lattice.bench.mesh;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lattice.api.store.Store;
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
    static final String LATTICE = "lattice";
    private static final String ETCD = "etcd";
    private static final int RATE = 1_000;
    private static final int SUSTAINED_PER_SECOND = 10_000;
    private static final int IDLE_SECONDS = 20;
    private static final int MAX_SLICES = 30;
    private static final int VAIN_SLICES = 6;
    private static final double STILL_FASTER = 0.97;
    private static final int ABSENCES = 3;

    @Override
    public String name() {
        return "mesh";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        if (!Files.isRegularFile(options.jar())) {
            report.skip(name(), options.jar() + " is not there: build the distribution first.");
            return;
        }
        int paced = (int) (RATE * options.seconds());
        int many = many(options);
        Path folder = Folders.temporary(options.folder(), name());
        try {
            etcd(folder.resolve(ETCD), paced, many, report);
            lattice(options, folder, paced, many, report);
        } finally {
            Folders.delete(folder);
        }
    }

    private static int many(Options options) {
        return (int) (SUSTAINED_PER_SECOND * options.seconds());
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
        byte[] value = new byte[ThreeNodes.VALUE_BYTES];
        try (EtcdCluster cluster = new EtcdCluster(folder)) {
            // The first calls find a leader, and warm both ends up.
            new Writes(i -> cluster.put("/warm/" + i, value), new long[paced]).atOnce(ThreeNodes.UNANSWERED / 8);
            steady(report, ETCD, "3 members, put at 1,000/s to committed", "", group -> new Writes(
                    i -> cluster.put("/" + group + "/" + i, value), new long[paced]).paced(RATE));
            report.add(Row.of(ETCD, "3 members, sustained writes", many / fastest(group -> {
                long began = System.nanoTime();
                new Writes(i -> cluster.put("/" + group + "/" + i, value), new long[many]).atOnce(ThreeNodes.UNANSWERED);
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

    private static void lattice(Options options, Path folder, int paced, int many, Report report) throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(options, folder)) {
            try (NodeConnection writer = nodes.node(0).connect(); NodeConnection second = nodes.node(1).connect();
                    NodeConnection third = nodes.node(2).connect()) {
                List<Store> others = List.of(second.store(), third.store());
                ThreeNodes.spread(writer.store(), others, "warm", paced, ThreeNodes.UNANSWERED / 8);
                steady(report, LATTICE, "3 nodes, put at 1,000/s to watch on another", "no more than etcd's",
                        group -> ThreeNodes.paced(writer.store(), second.store(), group, paced, RATE));
                report.add(new Row(LATTICE, "3 nodes, sustained writes, on all three", many
                        / sustained(writer.store(), others, options), "/s", "at least 3 times etcd's"));
                double busy = nodes.cpuSeconds();
                ThreeNodes.spread(writer.store(), others, "busy", many, ThreeNodes.UNANSWERED);
                report.add(Row.of(LATTICE, "3 nodes, sustained writes, processor of all three for each",
                        1e6 * (nodes.cpuSeconds() - busy) / many, "us"));
            }
            CatchUp catchUp = new CatchUp(nodes);
            catchUp.grouped(ABSENCES, report);
            catchUp.single(report);
            idle(nodes, report);
        }
    }

    /** The seconds until what is written as fast as it goes is on all nodes. */
    static double sustained(Store writer, List<Store> others, Options options) throws Exception {
        return fastest(group -> ThreeNodes.spread(writer, others, group, many(options), ThreeNodes.UNANSWERED));
    }

    private static void idle(ThreeNodes nodes, Report report) throws Exception {
        TimeUnit.SECONDS.sleep(5);
        double cpu = nodes.cpuSeconds();
        long bytes = nodes.sent();
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        cpu = nodes.cpuSeconds() - cpu;
        bytes = nodes.sent() - bytes;
        report.add(Row.of(LATTICE, "idle, processor per node", 100 * cpu / nodes.count() / IDLE_SECONDS, "%"));
        report.add(Row.of(LATTICE, "idle, bytes sent per node", (double) bytes / nodes.count() / IDLE_SECONDS, "/s"));
    }
}
