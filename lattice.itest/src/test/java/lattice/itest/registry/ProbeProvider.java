package lattice.itest.registry;

import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import lattice.itest.probe.Probe;
import org.osgi.framework.FrameworkUtil;

/** The only class in the bundles of {@link ProviderBundle}: does what the test's probe says. */
public final class ProbeProvider implements ServiceProvider {
    private final Probe probe = Probe.of(FrameworkUtil.getBundle(ProbeProvider.class).getSymbolicName());

    public ProbeProvider() {
        probe.constructed.incrementAndGet();
    }

    @Override
    public ServiceInstance create(ServiceContext context) throws Exception {
        probe.created.incrementAndGet();
        ServiceInstance instance = probe.behaviour.create(context);
        return new ServiceInstance() {
            @Override
            public boolean reconfigure(ServiceConfig config) throws Exception {
                return instance.reconfigure(config);
            }

            @Override
            public void close() throws Exception {
                instance.close();
                probe.closed.incrementAndGet();
            }
        };
    }
}
