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
 * @param openAs what it is called at this node; empty if it is not open here
 * @param problem why it is open nowhere, or not here though it should be
 */
@ProviderType
public record DeclaredStore(String name, Set<NodeId> nodes, Optional<String> openAs, Optional<String> problem) {
    public DeclaredStore {
        nodes = Set.copyOf(nodes);
    }
}
