package lattice.bench.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.measure.PacedDisk;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import lattice.testkit.process.Lattice;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * What a process beside a node gets over its socket: a whole node, and its peers as processes of their own, asked by one
 * client. They take turns, slice by slice, because a machine that others use too is another machine a minute later.
 */
public final class ProtocolPart implements Part {
    private static final int KEYS = 100_000;
    private static final int SLICES = 4;
    private static final int GETS_UNDER_WAY = 64;
    private static final int MANY = 256;
    private static final int WARM_UPS = 4;
    private static final int PUTS_A_MILLISECOND = 10;
    /** So many times as long as all else: what a store does only now and then, such as a snapshot, belongs to its slowest puts. */
    private static final int PACED_TIMES = 4;
    private static final Path LAUNCHER = Path.of("lattice");
    private static final LongAdder NONE = new LongAdder();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public String name() {
        return "protocol";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        Path folder = Folders.temporary(options.folder(), name());
        List<Peer> peers = new ArrayList<>();
        try {
            for (String name : List.of("lattice", "etcd", "redis")) {
                if (options.subjects().contains(name)) {
                    open(name, options, folder, report).ifPresent(peers::add);
                }
            }
            Duration measured = options.durations().measured();
            List<Peer> written = new ArrayList<>(peers);
            peers.stream().filter(LatticePeer.class::isInstance).map(LatticePeer.class::cast)
                    .forEach(lattice -> written.add(lattice.unary()));
            warmUp(written, measured);
            for (int underWay : options.threads()) {
                puts(written, underWay, measured, report);
            }
            gets(peers, measured, report);
            diskAtTheSamePace(folder, measured, report);
            for (Peer peer : peers) {
                atTenThousandASecond(peer, measured, report);
                for (int watchers : options.watchers()) {
                    fanOut(peer, watchers, measured, report);
                }
            }
        } finally {
            for (Peer peer : peers) {
                peer.close();
            }
            Folders.delete(folder);
        }
    }

    private static Lattice node(Options options) throws IOException {
        List<String> given = options.nodeJvm().isPresent() ? options.nodeJvm().get() : LauncherScript.nodeOptions(LAUNCHER);
        return Lattice.of(options.jar()).withOptions(given.toArray(String[]::new));
    }

    private static Optional<Peer> open(String name, Options options, Path folder, Report report) throws Exception {
        Path own = Files.createDirectory(folder.resolve(name));
        try {
            return Optional.of(switch (name) {
                case "lattice" -> new LatticePeer(node(options), own);
                case "etcd" -> new EtcdPeer(own);
                default -> new RedisPeer(own);
            });
        } catch (Subject.UnavailableException e) {
            report.skip(name, e.getMessage());
            return Optional.empty();
        }
    }

    /** Until what is compiled while it runs, in the client and in a server, has been. */
    private static void warmUp(List<Peer> peers, Duration measured) throws Exception {
        byte[] value = Data.value();
        for (Peer peer : peers) {
            for (int i = 0; i < WARM_UPS; i++) {
                new UnderWay(MANY, () -> peer.put(Data.key(ThreadLocalRandom.current().nextInt(KEYS)), value))
                        .run(Duration.ZERO, measured, peer.pid());
                new UnderWay(1, () -> peer.get(Data.key(ThreadLocalRandom.current().nextInt(KEYS))))
                        .run(Duration.ZERO, measured.dividedBy(4), peer.pid());
            }
        }
    }

    private interface Asked {
        CompletionStage<?> ask(Peer peer);
    }

    private static Map<String, UnderWay.Counted> inTurns(List<Peer> peers, int underWay, Duration measured, Asked asked)
            throws Exception {
        Map<String, UnderWay.Counted> found = new LinkedHashMap<>();
        Duration slice = measured.dividedBy(SLICES);
        for (int i = 0; i < SLICES; i++) {
            for (Peer peer : peers) {
                found.merge(peer.name(), new UnderWay(underWay, () -> asked.ask(peer)).run(slice.dividedBy(4), slice,
                        peer.pid()), UnderWay.Counted::plus);
            }
        }
        return found;
    }

    private static void puts(List<Peer> peers, int underWay, Duration measured, Report report) throws Exception {
        byte[] value = Data.value();
        String measure = "puts, " + underWay + " under way";
        Map<String, UnderWay.Counted> found = inTurns(peers, underWay, measured,
                peer -> peer.put(Data.key(ThreadLocalRandom.current().nextInt(KEYS)), value));
        found.forEach((name, counted) -> report(name, measure, counted, report));
        UnderWay.Counted lattice = found.get("lattice");
        UnderWay.Counted etcd = found.get("etcd");
        if (lattice != null && etcd != null) {
            report.add(new Row("lattice", measure + ", times those of etcd", lattice.perSecond() / etcd.perSecond(), "times",
                    underWay == MANY ? "goal: at least 4" : ""));
            report.add(new Row("lattice", measure + ", p50 / etcd's", millis(lattice.nanos(), 50) / millis(etcd.nanos(), 50),
                    "times", underWay == 1 ? "goal: at most 1" : ""));
        }
    }

    private static void gets(List<Peer> peers, Duration measured, Report report) throws Exception {
        inTurns(peers, GETS_UNDER_WAY, measured,
                peer -> peer.get(Data.key(ThreadLocalRandom.current().nextInt(KEYS))))
                .forEach((name, counted) -> report(name, "gets, " + GETS_UNDER_WAY + " under way", counted, report));
    }

    private static void report(String name, String measure, UnderWay.Counted counted, Report report) {
        report.add(Row.of(name, measure, counted.perSecond(), "/s"));
        report.add(Row.of(name, measure + ", p50", millis(counted.nanos(), 50), "ms"));
        report.add(Row.of(name, measure + ", p99", millis(counted.nanos(), 99), "ms"));
        report.add(Row.of(name, measure + ", server's time", counted.each(counted.cost().server().toNanos() / 1e3), "us"));
        report.add(Row.of(name, measure + ", client's time", counted.each(counted.cost().client().toNanos() / 1e3), "us"));
        report.add(Row.of(name, measure + ", bytes both ways", counted.each(counted.cost().bytes()), "bytes"));
    }

    private static double millis(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    private static byte[] stamped(long nanos) {
        return ByteBuffer.allocate(100).putLong(nanos).array();
    }

    /** What no put that is durable before its watcher has it can be below. */
    private static void diskAtTheSamePace(Path folder, Duration measured, Report report) throws IOException {
        Histogram nanos = PacedDisk.measure(folder, PUTS_A_MILLISECOND * 1000, measured.dividedBy(2), measured);
        String measure = "write + fdatasync at 10,000 records/s";
        report.add(Row.of("disk", measure + ", p50", millis(nanos, 50), "ms"));
        report.add(Row.of("disk", measure + ", p99", millis(nanos, 99), "ms"));
        report.add(Row.of("disk", measure + ", p99.9", millis(nanos, 99.9), "ms"));
    }

    /** One watcher, and puts that come at their times, from which they count, whatever became of those before. */
    private static void atTenThousandASecond(Peer peer, Duration measured, Report report) throws Exception {
        String prefix = Data.PREFIX + "/paced";
        Histogram nanos = new ConcurrentHistogram(3);
        LongAdder delivered = new LongAdder();
        LongAdder refused = new LongAdder();
        Optional<AutoCloseable> watch = peer.watch(prefix, value -> {
            nanos.recordValue(System.nanoTime() - ByteBuffer.wrap(value).getLong());
            delivered.increment();
        });
        if (watch.isEmpty()) {
            report.skip(peer.name() + " watch", "it has none that is durable");
            return;
        }
        try (AutoCloseable closing = watch.get()) {
            long warmUp = measured.toMillis() * PACED_TIMES;
            long puts = 0;
            long behind = 0;
            long began = System.nanoTime();
            for (long tick = 0; tick < 2 * warmUp; tick++) {
                if (tick == warmUp) {
                    await(delivered, refused, puts);
                    nanos.reset();
                    refused.reset();
                    delivered.reset();
                    puts = 0;
                    began = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(tick);
                }
                long due = began + TimeUnit.MILLISECONDS.toNanos(tick);
                for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                    LockSupport.parkNanos(due - now);
                }
                behind = Math.max(behind, System.nanoTime() - due);
                for (int i = 0; i < PUTS_A_MILLISECOND; i++) {
                    peer.put(prefix + "/" + puts++ % KEYS, stamped(due)).whenComplete((done, failure) -> {
                        if (failure != null) {
                            refused.increment();
                        }
                    });
                }
            }
            long took = System.nanoTime() - began;
            await(delivered, refused, puts);
            report.add(Row.of(peer.name(), "put to watch, paced puts",
                    puts * 1e9 / (took - TimeUnit.MILLISECONDS.toNanos(warmUp)), "/s"));
            if (refused.sum() > 0) {
                report.add(Row.of(peer.name(), "put to watch, puts that were refused", refused.sum(), ""));
            }
            report.add(Row.of(peer.name(), "put to watch at these, p50", millis(nanos, 50), "ms"));
            report.add(new Row(peer.name(), "put to watch at these, p99", millis(nanos, 99), "ms",
                    peer.name().equals("lattice") ? "goal: less than 5" : ""));
            report.add(Row.of(peer.name(), "put to watch at these, p99.9", millis(nanos, 99.9), "ms"));
            report.add(Row.of(peer.name(), "put to watch, the pace was late by at most", behind / 1e6, "ms"));
        }
    }

    /** One put at a time, and the next when every watcher has it. */
    private static void fanOut(Peer peer, int watchers, Duration measured, Report report) throws Exception {
        String prefix = Data.PREFIX + "/fan";
        String measure = "put to " + watchers + (watchers == 1 ? " watcher" : " watchers");
        Histogram nanos = new ConcurrentHistogram(3);
        LongAdder delivered = new LongAdder();
        Consumer<byte[]> onValue = value -> {
            nanos.recordValue(System.nanoTime() - ByteBuffer.wrap(value).getLong());
            delivered.increment();
        };
        List<AutoCloseable> watches = new ArrayList<>();
        try {
            for (int i = 0; i < watchers; i++) {
                Optional<AutoCloseable> watch = peer.watch(prefix, onValue);
                if (watch.isEmpty()) {
                    return;
                }
                watches.add(watch.get());
            }
            long puts = 0;
            long warm = 0;
            long began = System.nanoTime();
            long counted = began;
            Cost before = Cost.now(peer.pid());
            while (System.nanoTime() - began < measured.toNanos() * 3 / 2) {
                if (warm == 0 && System.nanoTime() - began > measured.toNanos() / 2) {
                    warm = puts;
                    nanos.reset();
                    before = Cost.now(peer.pid());
                    counted = System.nanoTime();
                }
                peer.put(prefix + "/key", stamped(System.nanoTime()));
                puts++;
                await(delivered, NONE, puts * watchers);
            }
            double seconds = (System.nanoTime() - counted) / 1e9;
            Cost cost = Cost.now(peer.pid()).minus(before);
            double events = (puts - warm) * watchers;
            report.add(Row.of(peer.name(), measure + ", p50", millis(nanos, 50), "ms"));
            report.add(Row.of(peer.name(), measure + ", p99", millis(nanos, 99), "ms"));
            report.add(Row.of(peer.name(), measure + ", events", events / seconds, "/s"));
            report.add(Row.of(peer.name(), measure + ", server's time each", cost.server().toNanos() / 1e3 / events, "us"));
            report.add(Row.of(peer.name(), measure + ", client's time each", cost.client().toNanos() / 1e3 / events, "us"));
            report.add(Row.of(peer.name(), measure + ", bytes each", cost.bytes() / events, "bytes"));
        } finally {
            for (AutoCloseable watch : watches) {
                watch.close();
            }
        }
    }

    private static void await(LongAdder delivered, LongAdder refused, long expected) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (delivered.sum() + refused.sum() < expected) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Only " + delivered.sum() + " of " + expected + " events came.");
            }
            LockSupport.parkNanos(20_000);
        }
    }
}
