package lattice.registry.internal;

import java.util.Optional;
import lattice.api.id.StoreId;
import lattice.api.store.Store;

/** A mesh that this node holds the root store of. */
public interface Mesh {
    StoreId id();

    /** Its root store; empty while the node is about to open it, or to close it. */
    Optional<Store> rootStore();

    /** Whether this node is a member. */
    boolean isMember();
}
