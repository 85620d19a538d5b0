package lattice.api.node;

import java.nio.file.Path;
import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.store.StoreStatus;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a service may know of its node. Each call answers with what is so at that moment. A service that runs in a process of
 * its own knows its node's id: all else throws {@link UnsupportedOperationException}, for a node does not tell how it is to
 * those who need not live in it.
 */
@ProviderType
public interface NodeStatus {
    NodeId id();

    /** Where the node keeps its data; for looking at the disk, not for writing. */
    Path home();

    /** When it came up, in milliseconds of uptime. */
    long uptimeMillis();

    ClockStatus clock();

    List<StoreStatus> stores();

    /** The services that are declared to this node, in the order of store and id. */
    List<ServiceStatus> services();
}
