package lattice.testkit;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;

/** What a registry gives an instance, and what the instance told it. */
public class TestServiceContext implements ServiceContext {
    private final ServiceId serviceId;
    private final ServiceConfig config;
    private final Store store;
    private final NodeStatus node;
    private final List<Endpoint> endpoints = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    /**
     * A context with the rights that every service has, and no others.
     *
     * @param config as in the service's declaration, with all defaults filled in
     */
    public TestServiceContext(ServiceId serviceId, ServiceConfig config, InMemoryStore store, NodeStatus node) {
        this(serviceId, config, store, node, new Acl(Set.of(), Set.of()));
    }

    /** A context with the rights that every service has, and those that its descriptor asks for. */
    public TestServiceContext(ServiceId serviceId, ServiceConfig config, InMemoryStore store, NodeStatus node, Acl asked) {
        this.serviceId = serviceId;
        this.config = config;
        this.store = store.restrictedTo(serviceId, rights(serviceId, asked));
        this.node = node;
    }

    /**
     * A context of a service whose store is reached in another way.
     *
     * @param store with the rights that the service has
     */
    public TestServiceContext(ServiceId serviceId, ServiceConfig config, Store store, NodeStatus node) {
        this.serviceId = serviceId;
        this.config = config;
        this.store = store;
        this.node = node;
    }

    private static Acl rights(ServiceId service, Acl asked) {
        Prefix state = new Prefix("/state/" + service);
        Set<Prefix> read = new HashSet<>(asked.read());
        read.add(state);
        read.add(new Prefix("/services/" + service + "/config"));
        Set<Prefix> write = new HashSet<>(asked.write());
        write.add(state);
        return new Acl(read, write);
    }

    /** Where the instance said that it can be reached, in that order. */
    public List<Endpoint> endpoints() {
        return List.copyOf(endpoints);
    }

    /** Why it said that it can't go on. */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }

    @Override
    public ServiceId serviceId() {
        return serviceId;
    }

    @Override
    public ServiceConfig config() {
        return config;
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public NodeStatus node() {
        return node;
    }

    @Override
    public void listening(Endpoint endpoint) {
        endpoints.add(endpoint);
    }

    @Override
    public void failed(Throwable cause) {
        failures.add(cause);
    }
}
