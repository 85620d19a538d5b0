package lattice.mesh.internal.protocol;

import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;

/** A mesh of two that anybody may be the other of. */
final class AllKnown implements Members {
    /** Unless it is said that nobody is. */
    boolean strangers;

    @Override
    public boolean knows(NodeId node) {
        return !strangers;
    }

    @Override
    public Optional<NodeId> asKnown(NodeId node) {
        return Optional.of(node);
    }

    @Override
    public int count() {
        return 2;
    }

    @Override
    public List<Contact> addressBook() {
        return List.of();
    }
}
