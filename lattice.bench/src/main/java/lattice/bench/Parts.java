package lattice.bench;

import java.util.List;
import lattice.bench.measure.Micro;
import lattice.bench.measure.Overwriting;
import lattice.bench.measure.Puts;
import lattice.bench.measure.Reads;
import lattice.bench.measure.Watches;
import lattice.bench.mesh.CatchUpPart;
import lattice.bench.mesh.MeshPart;
import lattice.bench.node.NodePart;
import lattice.bench.protocol.ProtocolPart;
import lattice.bench.restart.Heaps;
import lattice.bench.restart.Restarts;

/** All groups of measurements, in the order in which they are run. */
final class Parts {
    private Parts() {
    }

    static List<Part> all() {
        return List.of(new Puts(), new Reads(), new Watches(), new Restarts(), new Heaps(), new Overwriting(), new NodePart(),
                new ProtocolPart(), new MeshPart(), new CatchUpPart(), new Micro());
    }
}
