package lattice.example.guestbook;

import java.io.IOException;
import lattice.api.service.ProvidesService;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.api.service.ServiceProvider;
import org.osgi.service.component.annotations.Component;

/** Offers {@code lattice.guestbook}: a guestbook that travels with the mesh. */
@Component
@ProvidesService(id = "lattice.guestbook", descriptor = "lattice.guestbook.json")
public final class GuestbookProvider implements ServiceProvider {
    @Override
    public ServiceInstance create(ServiceContext context) throws IOException {
        return new GuestbookServer(context);
    }
}
