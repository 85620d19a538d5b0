package lattice.bench.restart;

import java.nio.file.Path;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.bench.report.Row;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/**
 * What stores keep on the heap, by how many keys they have: each is filled at full speed by a process of its own, and what is in
 * use then is what is left after a full collection, right behind the last put.
 */
public final class Heaps implements Part {
    private static final String HEAP = "-Xmx512m";
    private static final int[] KEYS = {100_000, 1_000_000, 3_000_000};

    @Override
    public String name() {
        return "heap";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        for (Subject.Opening opening : Subjects.among(options.subjects())) {
            if (!opening.isInProcess()) {
                report.skip(opening.name() + " heap", "it is not in a process of ours");
                continue;
            }
            for (int keys : KEYS) {
                Path folder = Folders.temporary(options.folder(), opening.name());
                try (ChildProcess child = ChildProcess.start(HEAP, "keep", opening.name(), folder, keys)) {
                    report.add(new Row(opening.name(), String.format("heap in use, %,d keys", keys),
                            child.awaitReady().heapBytes() / (double) (1 << 20), "MiB",
                            opening.name().equals(Subjects.LATTICE) ? "goal: the same for any number of keys" : ""));
                } finally {
                    Folders.delete(folder);
                }
            }
        }
    }
}
