package lattice.api.node;

import java.time.Instant;
import java.util.List;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;

/**
 * How an instance is.
 *
 * @param store where it was declared
 * @param service which service
 * @param state what it does
 * @param reason why, in a sentence
 * @param since when it came to this state
 * @param endpoints where it can be reached
 */
public record ServiceStatus(StoreId store, ServiceId service, InstanceState state, String reason, Instant since,
        List<Endpoint> endpoints) {
    public ServiceStatus {
        endpoints = List.copyOf(endpoints);
    }
}
