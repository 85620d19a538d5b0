package lattice.registry.internal.instance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceConfig;
import lattice.api.store.Acl;
import lattice.api.store.Store;
import lattice.registry.process.GrantedContext;

/** What one instance may use, until it is stopped. */
final class InstanceContext implements GrantedContext {
    private static final int MAX_ENDPOINTS = 32;

    private final ServiceId service;
    private final ServiceConfig config;
    private final Acl acl;
    private final LeasedStore store;
    private final NodeStatus node;
    private final Runnable listens;
    private final Consumer<Throwable> fails;
    private final List<Endpoint> endpoints = new CopyOnWriteArrayList<>();
    private volatile boolean revoked;

    InstanceContext(ServiceId service, ServiceConfig config, Acl acl, Store store, NodeStatus node,
            Runnable listens, Consumer<Throwable> fails) {
        this.service = service;
        this.config = config;
        this.acl = acl;
        this.store = new LeasedStore(store, service);
        this.node = node;
        this.listens = listens;
        this.fails = fails;
    }

    @Override
    public ServiceId serviceId() {
        return service;
    }

    @Override
    public ServiceConfig config() {
        return config;
    }

    @Override
    public Acl acl() {
        return acl;
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
        if (revoked) {
            throw new IllegalStateException("This instance of " + service + " was stopped.");
        }
        synchronized (endpoints) {
            if (endpoints.contains(endpoint)) {
                return;
            }
            if (endpoints.size() == MAX_ENDPOINTS) {
                throw new IllegalStateException("An instance has at most " + MAX_ENDPOINTS + " endpoints.");
            }
            endpoints.add(endpoint);
        }
        listens.run();
    }

    @Override
    public void failed(Throwable cause) {
        if (!revoked) {
            fails.accept(cause);
        }
    }

    List<Endpoint> endpoints() {
        return List.copyOf(endpoints);
    }

    void forgetEndpoints() {
        endpoints.clear();
    }

    void revoke() {
        revoked = true;
        store.takeBack();
    }
}
