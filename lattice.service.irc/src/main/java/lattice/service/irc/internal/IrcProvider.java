package lattice.service.irc.internal;

import lattice.api.service.ProvidesService;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import org.osgi.service.component.annotations.Component;

/** Offers the gateway to the node. */
@Component
@ProvidesService(id = "lattice.irc-gateway", descriptor = "OSGI-INF/lattice/lattice.irc-gateway.json")
public final class IrcProvider implements ServiceProvider {
    @Override
    public ServiceInstance create(ServiceContext context) throws Exception {
        return Gateway.start(context);
    }
}
