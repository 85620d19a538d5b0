package lattice.registry.internal.descriptor;

import lattice.api.id.ServiceId;
import lattice.consent.AccessRequest;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.schema.ConfigSchema;

/**
 * What a provider says about its service.
 *
 * @param id the service
 * @param title what it calls itself
 * @param version its version
 * @param publisher who made it
 * @param policy which nodes it is good for, as a suggestion
 * @param schema what its config must be like
 * @param access what it asks to touch in the store beyond its own state
 */
public record Descriptor(ServiceId id, String title, String version, String publisher, Policy policy,
        ConfigSchema schema, AccessRequest access) {
}
