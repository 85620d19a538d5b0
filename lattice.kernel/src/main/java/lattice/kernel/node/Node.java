package lattice.kernel.node;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.store.Acl;
import lattice.api.store.Store;
import lattice.api.store.StoreStatus;
import org.osgi.annotation.versioning.ProviderType;

/** This node: its identity, its home and its stores. Writes through the stores given here are the node's own. */
@ProviderType
public interface Node {
    NodeId id();

    /** The node home. */
    Path home();

    long uptimeMillis();

    /** The store of the node's own mesh, made on first start. */
    Store rootStore();

    /** Root stores first, then child stores by name; each is also an OSGi service. The meta store is not among them. */
    List<Store> stores();

    Optional<Store> store(StoreId id);

    /** By {@code root} or the name of a child store. */
    Optional<Store> store(String name);

    /**
     * A store with the rights of a service. Reads and writes outside the ACL fail with {@code DENIED}; so do, whatever
     * the ACL says, writes to {@code /services}, {@code /peers} and {@code /stores}, and to {@code /nodes} anywhere but
     * at this node's {@code /nodes/{id}}, where {@code services} belongs to the registry alone.
     */
    Store restrictedTo(StoreId store, ServiceId service, Acl acl);

    List<StoreStatus> storeStatus();

    ClockStatus clock();
}
