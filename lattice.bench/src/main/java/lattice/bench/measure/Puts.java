package lattice.bench.measure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.load.ClosedLoop;
import lattice.bench.load.Timed;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/**
 * Durable puts to random keys, by ever more threads. The stores, and with one thread the disk itself, take turns, slice by
 * slice: a machine that others use too is not the same machine a minute later, and only what was measured in the same minute
 * can be compared.
 */
public final class Puts implements Part {
    private static final int KEYS = 1_000_000;
    private static final int SLICES = 4;
    /** Between two slices, so that no store pays for what the one before left to do in the background. */
    private static final long PAUSE_MILLIS = 500;
    /** Before anything counts, all code that matters is compiled. */
    private static final int WARM_UP_THREADS = 64;
    private static final int GOAL_THREADS = 256;
    private static final Map<String, Double> GOALS = Map.of("etcd", 4.0, "redis", 1.2, "rocksdb", 1.0);

    @Override
    public String name() {
        return "puts";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        try (Stores stores = Stores.all(options, report); Disk disk = new Disk(options.folder())) {
            Durations whole = options.durations();
            for (Subject subject : stores.subjects()) {
                run(subject, WARM_UP_THREADS, new Durations(whole.measured(), whole.measured()));
            }
            for (int threads : options.threads()) {
                Map<String, Timed> found = new LinkedHashMap<>();
                for (int slice = 0; slice < SLICES; slice++) {
                    Durations durations = options.durations().dividedBy(SLICES);
                    if (threads == 1) {
                        found.merge("disk", disk.measure(durations), Timed::plus);
                    }
                    for (Subject subject : stores.subjects()) {
                        found.merge(subject.name(), run(subject, threads, durations), Timed::plus);
                        Thread.sleep(PAUSE_MILLIS);
                    }
                }
                report(threads, found, report);
            }
        }
    }

    private static void report(int threads, Map<String, Timed> found, Report report) {
        String measure = "durable puts, " + threads + (threads == 1 ? " thread" : " threads");
        Timed disk = found.remove("disk");
        if (disk != null) {
            Disk.report(" between these puts", disk, report);
        }
        found.forEach((name, timed) -> {
            report.add(Row.of(name, measure, timed.perSecond(), "/s"));
            report.add(Row.of(name, measure + ", p50", timed.millis(50), "ms"));
            report.add(Row.of(name, measure + ", p99", timed.millis(99), "ms"));
            if (Subjects.isInProcess(name)) {
                report.add(Row.of(name, measure + ", processor time", timed.processorMicros(), "us"));
            }
            if (disk != null) {
                report.add(new Row(name, measure + ", p50 / fdatasync p50", timed.millis(50) / disk.millis(50), "times",
                        name.equals(Subjects.LATTICE) ? "goal: at most 1.5" : ""));
            }
        });
        Timed lattice = found.get(Subjects.LATTICE);
        found.forEach((name, timed) -> {
            if (lattice != null && timed != lattice) {
                report.add(new Row(Subjects.LATTICE, measure + ", times those of " + name,
                        lattice.perSecond() / timed.perSecond(), "times",
                        threads == GOAL_THREADS && GOALS.containsKey(name) ? "goal: at least " + GOALS.get(name) : ""));
            }
        });
    }

    private static Timed run(Subject subject, int threads, Durations durations) throws Exception {
        List<Subject.Session> sessions = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                sessions.add(subject.session());
            }
            return new ClosedLoop(threads, durations.warmUp(), durations.measured()).run(thread -> {
                Subject.Session session = sessions.get(thread);
                byte[] value = Data.value();
                return () -> session.put(Data.key(ThreadLocalRandom.current().nextInt(KEYS)), value);
            });
        } finally {
            for (Subject.Session session : sessions) {
                session.close();
            }
        }
    }
}
