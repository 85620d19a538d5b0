package lattice.registry.process;

import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.framework.ServiceReference;

/** Runs services of bundles in processes of their own. */
@ConsumerType
public interface ProcessIsolation {
    /** Why that can't be done at this node now, in a sentence; empty if it can. */
    Optional<String> obstacle();

    /**
     * Why a service can never run so, in a sentence: it is of the node, and what it does no process outside may. Empty if it
     * can.
     *
     * @param acl what it is to touch
     */
    Optional<String> refusal(ServiceId service, Acl acl);

    /**
     * A provider in place of a bundle's own, which runs its service in a process that may use no more than that. Nothing is
     * started before its {@code create}, which takes a {@link GrantedContext}, and no code of the provider in this process at
     * all.
     */
    ServiceProvider isolated(ServiceReference<ServiceProvider> provider, Confinement confinement);
}
