package lattice.bench.mesh;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lattice.bench.Options;
import lattice.bench.Part;
import lattice.bench.report.Folders;
import lattice.bench.report.Report;
import lattice.client.NodeConnection;

/** Of what {@link MeshPart} measures only how a node catches up, which takes three minutes. */
public final class CatchUpPart implements Part {
    private static final int ABSENCES = 4;

    @Override
    public String name() {
        return "catchup";
    }

    @Override
    public void measure(Options options, Report report) throws Exception {
        if (!Files.isRegularFile(options.jar())) {
            report.skip(name(), options.jar() + " is not there: build the distribution first.");
            return;
        }
        Path folder = Folders.temporary(options.folder(), name());
        try (ThreeNodes nodes = new ThreeNodes(options, folder)) {
            try (NodeConnection writer = nodes.node(0).connect(); NodeConnection second = nodes.node(1).connect();
                    NodeConnection third = nodes.node(2).connect()) {
                MeshPart.sustained(writer.store(), List.of(second.store(), third.store()), options);
            }
            new CatchUp(nodes).grouped(ABSENCES, report);
        } finally {
            Folders.delete(folder);
        }
    }
}
