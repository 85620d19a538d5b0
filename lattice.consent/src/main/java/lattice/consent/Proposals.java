package lattice.consent;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ServiceStatus;
import org.osgi.annotation.versioning.ProviderType;

/** What asks to run here, for those who show it to the owner. */
@ProviderType
public interface Proposals {
    /** What is proposed about a service, also if nothing is declared or no provider is here. */
    Proposal proposal(StoreId mesh, ServiceId service);

    /** What is proposed about every service that is declared in a mesh or that a provider here offers, by service. */
    List<Proposal> proposals(StoreId mesh);

    /**
     * Waits until the instance has done what declaration and consent ask for now: it runs, or is stopped, or can't be
     * helped. Ends after {@code atMost} in any case.
     *
     * @return how the instance is then; empty if none is declared
     */
    Optional<ServiceStatus> settle(StoreId mesh, ServiceId service, Duration atMost) throws InterruptedException;
}
