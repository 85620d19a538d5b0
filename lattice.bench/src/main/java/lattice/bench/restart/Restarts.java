package lattice.bench.restart;

import java.io.IOException;
import java.nio.file.Path;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Data;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/**
 * How long stores with ever more keys take to be there again, after they were killed right behind the last put and after they
 * were closed; what they take on disk; and of the heap.
 */
public final class Restarts implements Part {
    /** Enough for any of them, and the same for all, so that what they leave on the heap can be compared. */
    private static final String HEAP = "-Xmx512m";

    @Override
    public String name() {
        return "restart";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        for (Subject.Opening opening : Subjects.among(options.subjects())) {
            if (!opening.isInProcess()) {
                report.skip(opening.name() + " restart", "it is not in a process of ours");
                continue;
            }
            for (int keys : options.restartKeys()) {
                Path folder = Folders.temporary(options.folder(), opening.name());
                try {
                    new OfStore(opening.name(), folder, keys).measure(report);
                } finally {
                    Folders.delete(folder);
                }
            }
        }
    }

    private record OfStore(String subject, Path folder, int keys) {
        void measure(Report report) throws Exception {
            String many = String.format(", %,d keys", keys);
            boolean lattice = subject.equals(Subjects.LATTICE);
            try (ChildProcess filling = start("fill")) {
                filling.awaitReady();
                filling.kill();
            }
            ChildProcess.Ready killed;
            try (ChildProcess opened = start("open")) {
                killed = opened.awaitReady();
            }
            long live = (long) keys * (Data.key(0).length() + Data.value().length);
            report.add(Row.of(subject, "bytes on disk per live byte" + many, (double) Folders.bytes(folder) / live, "times"));
            ChildProcess.Ready clean;
            try (ChildProcess opened = start("open")) {
                clean = opened.awaitReady();
            }
            report.add(new Row(subject, "restart when closed" + many, clean.seconds(), "s", lattice ? "goal: at most 1" : ""));
            report.add(new Row(subject, "restart when killed" + many, killed.seconds(), "s", lattice ? "goal: at most 3" : ""));
            report.add(new Row(subject, "heap in use when restarted" + many, clean.heapBytes() / (double) (1 << 20), "MiB",
                    lattice ? "goal: the same for any number of keys" : ""));
        }

        private ChildProcess start(String action) throws IOException {
            return ChildProcess.start(HEAP, action, subject, folder, keys);
        }
    }
}
