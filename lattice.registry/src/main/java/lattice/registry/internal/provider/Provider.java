package lattice.registry.internal.provider;

import lattice.api.id.ServiceId;
import lattice.api.service.ServiceProvider;
import lattice.consent.ProviderIdentity;
import lattice.registry.internal.descriptor.Descriptor;
import org.osgi.framework.ServiceReference;

/**
 * A provider that is here. Two are the same if they are the same registration.
 *
 * @param reference the service; got only when an instance is made
 * @param id the service it offers
 * @param identity the bundle it is from
 * @param reading its descriptor
 * @param external whether its code is in no bundle
 */
public record Provider(ServiceReference<ServiceProvider> reference, ServiceId id, ProviderIdentity identity,
        Reading reading, boolean external) {
    /** What was read of a descriptor. */
    public sealed interface Reading {
    }

    /** It is sound. */
    public record Read(Descriptor descriptor) implements Reading {
    }

    /** It is not; the provider can't be used. */
    public record Unusable(String problem) implements Reading {
    }
}
