package lattice.kernel.membership;

import java.util.List;
import java.util.Set;
import lattice.api.id.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/** The child stores that are declared to a mesh. Changes fail with {@code DENIED} unless this node is an administrator. */
@ProviderType
public interface DeclaredStores {
    /** All of them, by name. */
    List<DeclaredStore> list();

    /**
     * Declares a child store, or says anew who holds it; whoever no longer does closes it and keeps its files.
     *
     * @param name one segment of a key, neither {@code root} nor {@code meta}
     * @param nodes who is to hold it; empty for all members
     */
    void declare(String name, Set<NodeId> nodes);

    /**
     * Takes a declaration back: the store is closed everywhere, and is there again when it is declared again.
     *
     * @return whether there was one
     */
    boolean undeclare(String name);
}
