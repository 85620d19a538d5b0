package lattice.kernel.membership;

import java.util.Optional;
import java.util.Set;
import lattice.api.id.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A child store that is declared to a mesh.
 *
 * @param name as it is declared
 * @param nodes who holds it; empty if all members do
 * @param held whether this node is one of them
 * @param openAs what it is called at this node; empty if it is not open here, or not yet
 * @param problem why it can't be opened here, if that is so
 */
@ProviderType
public record DeclaredStore(String name, Set<NodeId> nodes, boolean held, Optional<String> openAs, Optional<String> problem) {
    public DeclaredStore {
        nodes = Set.copyOf(nodes);
    }

    /** Whether a member is to hold it; nobody is if the declaration is invalid. */
    public boolean isFor(NodeId member) {
        return nodes.isEmpty() ? held : nodes.contains(member);
    }
}
