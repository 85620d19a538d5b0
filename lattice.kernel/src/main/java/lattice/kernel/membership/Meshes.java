package lattice.kernel.membership;

import java.util.Map;
import java.util.Optional;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ProviderType;

/** The meshes that this node takes part in, beside its own. */
@ProviderType
public interface Meshes {
    /** The mesh that the node made on its first start. */
    StoreId own();

    /** The mesh that a store belongs to, if it is open here. */
    Optional<StoreId> meshOf(StoreId store);

    /**
     * Makes an empty root store for another node's mesh, to be filled by replication; its services appear as those of any
     * store. Does nothing if there is one.
     */
    void join(StoreId mesh);

    /** Other nodes' meshes that this one has joined and whose root store can't be opened now, and why. */
    Map<StoreId, String> unopened();

    /** Takes the root store of another node's mesh out of service for good, open or not; what is on disk of it stays there. */
    void forget(StoreId mesh);
}
