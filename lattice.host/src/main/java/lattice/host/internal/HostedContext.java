package lattice.host.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.store.Store;

/** What a service may use in a process of its own. */
final class HostedContext implements ServiceContext {
    private static final int MAX_ENDPOINTS = 32;

    private final ServiceId service;
    private final ServiceConfig config;
    private final Store store;
    private final NodeStatus node;
    private final Runnable listens;
    private final Consumer<Throwable> fails;
    private final List<Endpoint> endpoints = new ArrayList<>(); // guarded by itself

    HostedContext(ServiceId service, ServiceConfig config, Store store, NodeStatus node, Runnable listens,
            Consumer<Throwable> fails) {
        this.service = service;
        this.config = config;
        this.store = store;
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
    public Store store() {
        return store;
    }

    @Override
    public NodeStatus node() {
        return node;
    }

    @Override
    public void listening(Endpoint endpoint) {
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

    List<Endpoint> endpoints() {
        synchronized (endpoints) {
            return List.copyOf(endpoints);
        }
    }

    @Override
    public void failed(Throwable cause) {
        fails.accept(cause);
    }
}
