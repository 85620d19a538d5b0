package lattice.bench.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.load.ClosedLoop;
import lattice.bench.load.Timed;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;

/** Gets of random keys that are there, and scans of groups of a thousand. */
public final class Reads implements Part {
    private static final int LOADERS = 64;

    @Override
    public String name() {
        return "reads";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        int keys = options.keys() / Data.GROUP * Data.GROUP;
        Stores.each(options, report, subject -> new OfStore(subject, keys, options.durations()).measure(report));
    }

    /** @param keys how many to put first; whole groups */
    private record OfStore(Subject subject, int keys, Durations durations) {
        void measure(Report report) throws Exception {
            load();
            int cores = Runtime.getRuntime().availableProcessors();
            Timed one = gets(1);
            report.add(Row.of(subject.name(), "gets, 1 thread", one.perSecond(), "/s"));
            report.add(Row.of(subject.name(), "gets, 1 thread, p50", one.nanos().getValueAtPercentile(50) / 1e3, "us"));
            report.add(Row.of(subject.name(), "gets, 1 thread, p99", one.nanos().getValueAtPercentile(99) / 1e3, "us"));
            if (cores > 1) {
                report.add(Row.of(subject.name(), "gets, " + cores + " threads", gets(cores).perSecond(), "/s"));
            }
            try (Subject.Session session = subject.session()) {
                if (session.scan(Data.group(0)).isEmpty()) {
                    report.skip(subject.name() + " scan", "its keys have no order");
                    return;
                }
            }
            Timed scans = scans();
            report.add(Row.of(subject.name(), "scans of " + Data.GROUP + " rows", scans.perSecond() * Data.GROUP, "rows/s"));
            report.add(Row.of(subject.name(), "scans of " + Data.GROUP + " rows, p50", scans.millis(50), "ms"));
        }

        private void load() throws Exception {
            ExecutorService executor = Executors.newFixedThreadPool(LOADERS);
            try {
                List<Callable<Void>> tasks = new ArrayList<>();
                for (int loader = 0; loader < LOADERS; loader++) {
                    int first = loader;
                    tasks.add(() -> {
                        try (Subject.Session session = subject.session()) {
                            for (long n = first; n < keys; n += LOADERS) {
                                session.put(Data.key(n), Data.value());
                            }
                        }
                        return null;
                    });
                }
                for (Future<Void> loaded : executor.invokeAll(tasks)) {
                    loaded.get();
                }
            } finally {
                executor.shutdownNow();
            }
        }

        private Timed gets(int threads) throws Exception {
            return new ClosedLoop(threads, durations.warmUp(), durations.measured()).run(thread -> {
                Subject.Session session = subject.session();
                return () -> {
                    if (session.get(Data.key(ThreadLocalRandom.current().nextInt(keys))) == null) {
                        throw new IllegalStateException(subject.name() + " lost a key that was put.");
                    }
                };
            });
        }

        private Timed scans() throws Exception {
            return new ClosedLoop(1, durations.warmUp(), durations.measured()).run(thread -> {
                Subject.Session session = subject.session();
                return () -> {
                    long rows = session.scan(Data.group(ThreadLocalRandom.current().nextInt(keys / Data.GROUP)))
                            .orElseThrow();
                    if (rows != Data.GROUP) {
                        throw new IllegalStateException(subject.name() + " scanned " + rows + " of " + Data.GROUP + " rows.");
                    }
                };
            });
        }
    }
}
