package lattice.service.health.internal;

import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import lattice.api.service.ProvidesService;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Offers {@code lattice.health}: it looks at its node and says how it is. */
@Component
@ProvidesService(id = "lattice.health", descriptor = "lattice.health.json")
public final class HealthProvider implements ServiceProvider {
    private final ContributedChecks contributed;

    @Activate
    public HealthProvider(@Reference ContributedChecks contributed) {
        this.contributed = contributed;
    }

    @Override
    public ServiceInstance create(ServiceContext context) throws Exception {
        return new HealthInstance(context, HealthSettings.of(context.config()), contributed,
                ManagementFactory.getMemoryPoolMXBeans(), InstantSource.system());
    }
}
