package lattice.client;

import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.client.internal.Remote;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A process's connection to a node. It is made again whenever it breaks: reads are asked again, writes are sent again under
 * the operation id that makes them one, watches go on after the last change that was delivered.
 */
@ProviderType
public interface NodeConnection extends AutoCloseable {
    /**
     * Connects, and waits until the node has answered.
     *
     * @throws StoreException with {@link StoreException.Code#UNAVAILABLE} if it does not, in the time that the settings
     *     give; with {@link StoreException.Code#DENIED} if it does not take the token
     */
    static NodeConnection open(ClientSettings settings) {
        return Remote.open(settings);
    }

    /** The node at the other end. */
    NodeId node();

    /** The service that this process is to the node. */
    ServiceId service();

    /** What the token lets it do: {@link Acl#mayRead(Prefix)} and the like tell beforehand what would be denied. */
    Acl rights();

    /** The store that the token is for. What differs from one in the same process is only time. */
    Store store();

    /**
     * Tells the node that this process, if the node started it, is ready; call it again when there are more endpoints.
     *
     * @param endpoints where the process can be reached now
     * @throws StoreException as {@link #open}, and if one of the endpoints is none
     */
    void ready(List<Endpoint> endpoints);

    /** Ends what runs: calls fail and watches end with {@link StoreException.Code#CLOSED}. */
    @Override
    void close();
}
