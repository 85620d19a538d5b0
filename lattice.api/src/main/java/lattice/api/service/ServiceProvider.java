package lattice.api.service;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Offers a service. It is a Declarative Services component with the properties {@link #ID} and {@link #DESCRIPTOR} (see
 * {@link ProvidesService}); id, schema and what else the descriptor says are read from these without loading a class of
 * the bundle. The component is got, and so constructed, only after the owner of the node has consented.
 */
@ConsumerType
public interface ServiceProvider {
    /** Service property: the id of the service. */
    String ID = "lattice.service.id";

    /**
     * Service property: the path of a JSON resource in the bundle of the provider: {@code {"v": 1, "id", "title",
     * "version", "publisher", "policy", "schema", "acl": {"read": [...], "write": [...]}}}. {@code schema} is the JSON
     * Schema of the config; a field with {@code "sensitive": true} is pinned at consent. {@code policy} is what the
     * publisher suggests, {@code acl} what the service asks for beyond its own state; {@code {node}} in a prefix stands
     * for the node's id.
     */
    String DESCRIPTOR = "lattice.service.descriptor";

    /**
     * Makes and starts one instance, on a thread of its own and with a deadline. The instance is running when this
     * returns; what it has opened it must close again if it throws. A node in several meshes may have an instance for
     * each, so this may be called while others run.
     *
     * @param context what the instance may use, until it is closed
     * @throws Exception if it can't start; the message is shown to the owner of the node
     */
    ServiceInstance create(ServiceContext context) throws Exception;
}
