package lattice.mesh.internal.protocol;

import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;

/** Who belongs to the mesh, as this node knows it now. */
public interface Members {
    /** Whether commits of a node are taken in: it is, or ever was, a member. */
    boolean knows(NodeId node);

    /** A known node's id as the mesh holds it, so that no second copy is kept; empty if the node is not known. */
    Optional<NodeId> asKnown(NodeId node);

    /** How many members there are, this node included. */
    int count();

    /** How present members can be reached, this node excluded. */
    List<Contact> addressBook();
}
