package lattice.api.service;

import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.NodeStatus;
import lattice.api.store.Store;
import org.osgi.annotation.versioning.ProviderType;

/** What an instance may use. */
@ProviderType
public interface ServiceContext {
    ServiceId serviceId();

    /** The config that the instance starts with: valid by its schema, defaults filled in. */
    ServiceConfig config();

    /**
     * The store that the service is declared in, with the rights of the service: it reads its own config and reads and
     * writes {@code /state/{service id}}, and what its descriptor asked for and the owner consented to. Writes carry the
     * service's id.
     */
    Store store();

    NodeStatus node();

    /** Says where the instance can be reached now; published for other nodes and shown to people. */
    void listening(Endpoint endpoint);

    /** Says that the instance can't go on; it is closed, and started again as its declaration says. */
    void failed(Throwable cause);
}
