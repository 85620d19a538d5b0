package lattice.registry.internal.provider;

import java.util.List;
import java.util.SortedMap;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceProvider;
import org.osgi.framework.ServiceReference;

/** The providers that are here. */
public interface Providers {
    /** All of them by what they offer; normally one for each. Unchanged once returned. */
    SortedMap<ServiceId, List<Provider>> all();

    /**
     * Gets a provider's service, which constructs it; null if it is gone. May throw whatever its constructor throws.
     */
    ServiceProvider get(ServiceReference<ServiceProvider> reference);

    /** Lets go of what {@link #get} gave. */
    void unget(ServiceReference<ServiceProvider> reference);
}
