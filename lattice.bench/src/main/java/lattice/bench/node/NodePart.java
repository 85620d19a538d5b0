package lattice.bench.node;

import java.nio.file.Path;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;

/** The life of a whole node, in homes that go with the measurement. */
public final class NodePart implements Part {
    @Override
    public String name() {
        return "node";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        Path homes = Folders.temporary(options.folder(), name());
        try {
            new NodeLife(options.jar(), homes).measure(report);
        } finally {
            Folders.delete(homes);
        }
    }
}
