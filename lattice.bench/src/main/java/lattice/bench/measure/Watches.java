package lattice.bench.measure;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.load.ClosedLoop;
import lattice.bench.load.Timed;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How long a put takes to reach watchers, and how many events reach them under load. */
public final class Watches implements Part {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WRITERS = 64;
    /** So many puts the writers may be ahead of the watchers: what is measured is a rate that can go on for ever. */
    private static final long OUTSTANDING = 2000;
    private static final String LATENCY_PREFIX = Data.PREFIX + "-latency";
    private static final String LOAD_PREFIX = Data.PREFIX + "-load";

    @Override
    public String name() {
        return "watches";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        Stores.each(options, report,
                subject -> new OfStore(subject, options.watchers(), options.durations()).measure(report));
    }

    private record OfStore(Subject subject, List<Integer> watchers, Durations durations) {
        void measure(Report report) throws Exception {
            for (int count : watchers) {
                String who = count + (count == 1 ? " watcher" : " watchers");
                Optional<Histogram> latency = latency(count);
                if (latency.isEmpty()) {
                    report.skip(subject.name() + " watch", "no watch of it is measured");
                    return;
                }
                report.add(Row.of(subject.name(), "put to watch, " + who + ", p50",
                        latency.get().getValueAtPercentile(50) / 1e6, "ms"));
                report.add(Row.of(subject.name(), "put to watch, " + who + ", p99",
                        latency.get().getValueAtPercentile(99) / 1e6, "ms"));
                throughput(count, who, report);
            }
        }

        /** From before the put to the call of the watcher; one put at a time, so that no queue is measured. */
        private Optional<Histogram> latency(int count) throws Exception {
            Histogram nanos = new ConcurrentHistogram(3);
            LongAdder delivered = new LongAdder();
            Subscribers subscribers = new Subscribers(value -> {
                nanos.recordValue(System.nanoTime() - ByteBuffer.wrap(value).getLong());
                delivered.increment();
            });
            try (subscribers; Subject.Session session = subject.session()) {
                if (!subscribers.subscribe(subject, LATENCY_PREFIX, count)) {
                    return Optional.empty();
                }
                long puts = 0;
                long began = System.nanoTime();
                long total = durations.warmUp().plus(durations.measured()).toNanos();
                boolean warm = false;
                while (System.nanoTime() - began < total) {
                    if (!warm && System.nanoTime() - began > durations.warmUp().toNanos()) {
                        warm = true;
                        nanos.reset();
                    }
                    session.put(LATENCY_PREFIX + "/key", ByteBuffer.allocate(100).putLong(System.nanoTime()).array());
                    puts++;
                    subscribers.await(delivered, puts * count);
                }
                return Optional.of(nanos);
            }
        }

        private void throughput(int count, String who, Report report) throws Exception {
            LongAdder delivered = new LongAdder();
            try (Subscribers subscribers = new Subscribers(value -> delivered.increment())) {
                subscribers.subscribe(subject, LOAD_PREFIX, count);
                LongAdder puts = new LongAdder();
                long began = System.nanoTime();
                Timed load = new ClosedLoop(WRITERS, Duration.ZERO, durations.measured()).run(thread -> {
                    Subject.Session session = subject.session();
                    byte[] value = Data.value();
                    String key = LOAD_PREFIX + "/" + thread;
                    return () -> {
                        session.put(key, value);
                        puts.increment();
                        subscribers.await(delivered, (puts.sum() - OUTSTANDING) * count);
                    };
                });
                subscribers.await(delivered, puts.sum() * count);
                double seconds = (System.nanoTime() - began) / 1e9;
                report.add(Row.of(subject.name(), "events to " + who + ", " + WRITERS + " writers", delivered.sum() / seconds, "/s"));
                report.add(Row.of(subject.name(), "puts meanwhile", load.perSecond(), "/s"));
            }
        }
    }

    private interface OnPut {
        void put(byte[] value);
    }

    /** Watchers that fail the measurement if one of them is cut off: then a rate would mean nothing. */
    private static final class Subscribers implements AutoCloseable {
        private final OnPut onPut;
        private final List<AutoCloseable> watches = new ArrayList<>();
        private final AtomicReference<String> ended = new AtomicReference<>();

        Subscribers(OnPut onPut) {
            this.onPut = onPut;
        }

        boolean subscribe(Subject subject, String prefix, int count) throws Exception {
            for (int i = 0; i < count; i++) {
                Optional<AutoCloseable> watch = subject.watch(prefix, new Subject.Watcher() {
                    @Override
                    public void put(byte[] value) {
                        onPut.put(value);
                    }

                    @Override
                    public void ended(String why) {
                        ended.set(why);
                    }
                });
                if (watch.isEmpty()) {
                    return false;
                }
                watches.add(watch.get());
            }
            return true;
        }

        void await(LongAdder delivered, long expected) {
            if (delivered.sum() >= expected) {
                return;
            }
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (delivered.sum() < expected) {
                if (ended.get() != null) {
                    throw new IllegalStateException("A watch ended: " + ended.get());
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("Only " + delivered.sum() + " of " + expected + " events came.");
                }
                LockSupport.parkNanos(20_000);
            }
        }

        @Override
        public void close() throws Exception {
            for (AutoCloseable watch : watches) {
                watch.close();
            }
        }
    }
}
