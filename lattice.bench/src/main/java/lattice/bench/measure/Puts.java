package lattice.bench.measure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import lattice.bench.load.ClosedLoop;
import lattice.bench.load.Timed;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;

/** Durable puts to random keys, by ever more threads. */
public final class Puts {
    private static final int KEYS = 1_000_000;
    private static final int SLICES = 8;
    private static final int GOAL_THREADS = 256;

    private final List<Integer> threads;
    private final Durations durations;
    private final Path folder;

    /** @param folder on the disk that the store is on */
    public Puts(List<Integer> threads, Durations durations, Path folder) {
        this.threads = List.copyOf(threads);
        this.durations = durations;
        this.folder = folder;
    }

    public void measure(Subject subject, Report report) throws Exception {
        boolean lattice = subject.name().equals("lattice");
        for (int count : threads) {
            if (count == 1) {
                besideTheDisk(subject, report, lattice);
            } else {
                report(subject, count, run(subject, count, durations), report,
                        lattice && count == GOAL_THREADS ? "goal: 60,000 on 4 cores" : "");
            }
        }
    }

    /**
     * One thread, in slices that take turns with slices of raw syncs: a disk that others use too is not the same disk a
     * minute later, and only what was measured in the same minute can be compared.
     */
    private void besideTheDisk(Subject subject, Report report, boolean lattice) throws Exception {
        try (Disk disk = new Disk(folder)) {
            Timed syncs = disk.measure(durations.dividedBy(SLICES));
            Timed puts = run(subject, 1, durations.dividedBy(SLICES));
            for (int slice = 1; slice < SLICES; slice++) {
                syncs = syncs.plus(disk.measure(durations.dividedBy(SLICES)));
                puts = puts.plus(run(subject, 1, durations.dividedBy(SLICES)));
            }
            report(subject, 1, puts, report, "");
            Disk.report(" between these puts", syncs, report);
            report.add(new Row(subject.name(), "durable puts, 1 thread, p50 / fdatasync p50",
                    puts.millis(50) / syncs.millis(50), "times", lattice ? "goal: at most 1.5" : ""));
        }
    }

    private static void report(Subject subject, int count, Timed timed, Report report, String goal) {
        String measure = "durable puts, " + count + (count == 1 ? " thread" : " threads");
        report.add(new Row(subject.name(), measure, timed.perSecond(), "/s", goal));
        report.add(Row.of(subject.name(), measure + ", p50", timed.millis(50), "ms"));
        report.add(Row.of(subject.name(), measure + ", p99", timed.millis(99), "ms"));
    }

    private static Timed run(Subject subject, int count, Durations durations) throws Exception {
        List<Subject.Session> sessions = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sessions.add(subject.session());
            }
            return new ClosedLoop(count, durations.warmUp(), durations.measured()).run(thread -> {
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
