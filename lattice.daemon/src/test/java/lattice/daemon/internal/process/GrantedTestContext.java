package lattice.daemon.internal.process;

import java.nio.file.Path;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceConfig;
import lattice.api.store.Acl;
import lattice.registry.process.GrantedContext;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.testkit.TestServiceContext;

/** A context as the registry makes it. */
final class GrantedTestContext extends TestServiceContext implements GrantedContext {
    GrantedTestContext(ServiceId service, ServiceConfig config, Path home) {
        super(service, config, new InMemoryStore(), new TestNodeStatus(home));
    }

    @Override
    public Acl acl() {
        return new Acl(Set.of(), Set.of());
    }
}
