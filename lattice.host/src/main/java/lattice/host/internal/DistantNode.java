package lattice.host.internal;

import java.nio.file.Path;
import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.node.ClockStatus;
import lattice.api.node.NodeStatus;
import lattice.api.node.ServiceStatus;
import lattice.api.store.StoreStatus;

/** A node seen from a process beside it, which is told who the node is and nothing of how it is. */
record DistantNode(NodeId id) implements NodeStatus {
    @Override
    public Path home() {
        throw unknown("its home");
    }

    @Override
    public long uptimeMillis() {
        throw unknown("its uptime");
    }

    @Override
    public ClockStatus clock() {
        throw unknown("its clock");
    }

    @Override
    public List<StoreStatus> stores() {
        throw unknown("its stores");
    }

    @Override
    public List<ServiceStatus> services() {
        throw unknown("its services");
    }

    private static UnsupportedOperationException unknown(String what) {
        return new UnsupportedOperationException("A node does not tell a process beside it about " + what
                + ": a service that needs to know runs in the node.");
    }
}
