package lattice.daemon.internal.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.NodeStatus;
import lattice.api.service.ServiceConfig;
import lattice.api.store.Acl;
import lattice.api.store.Store;
import lattice.registry.process.GrantedContext;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.testkit.TestServiceContext;

/** A context as the registry makes it. */
final class GrantedTestContext implements GrantedContext {
    private final TestServiceContext context;

    GrantedTestContext(ServiceId service, ServiceConfig config, Path home) {
        this.context = new TestServiceContext(service, config, new InMemoryStore(), new TestNodeStatus(home));
    }

    List<Endpoint> endpoints() {
        return context.endpoints();
    }

    List<Throwable> failures() {
        return context.failures();
    }

    @Override
    public Acl acl() {
        return new Acl(Set.of(), Set.of());
    }

    @Override
    public ServiceId serviceId() {
        return context.serviceId();
    }

    @Override
    public ServiceConfig config() {
        return context.config();
    }

    @Override
    public Store store() {
        return context.store();
    }

    @Override
    public NodeStatus node() {
        return context.node();
    }

    @Override
    public void listening(Endpoint endpoint) {
        context.listening(endpoint);
    }

    @Override
    public void failed(Throwable cause) {
        context.failed(cause);
    }
}
