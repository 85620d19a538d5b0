package lattice.kernel.membership;

import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who seems to be there, by heartbeats that spread as gossip (Hayashibara et al., "The phi Accrual Failure Detector",
 * SRDS 2004). Two nodes may see it differently, and both may be wrong: use it to show and to prefer, never to decide what
 * is true. One OSGi service for all meshes of the node.
 */
@ProviderType
public interface Presences {
    /**
     * What this node thinks of another, not older than about a second. Cheap, from any thread.
     *
     * @param mesh the id of its root store
     * @return of this node itself {@code UP}; of a mesh that does not run here, and of a stranger, {@code GONE}
     */
    Presence presence(StoreId mesh, NodeId node);

    /** Calls a listener after it changed of somebody, on a thread of the mesh: return soon. Close to end that. */
    AutoCloseable onChange(Runnable listener);
}
