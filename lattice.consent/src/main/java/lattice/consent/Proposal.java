package lattice.consent;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;

/**
 * What asks to run here: what the mesh declared, and what the provider would do with it.
 *
 * @param mesh where it is declared
 * @param service the service
 * @param declaration what was declared, if anything was
 * @param offer what the provider that is here offers, if exactly one is
 */
public record Proposal(StoreId mesh, ServiceId service, Optional<Declared> declaration, Optional<Offer> offer) {
    /**
     * A declaration, as far as consent goes.
     *
     * @param author the node that signed it
     * @param local whether it is a declaration of this node's owner, not of the mesh
     * @param policy which nodes it is meant for, in words
     * @param meantForThisNode whether that includes this one
     * @param problem why it is not valid, if it is not
     */
    public record Declared(NodeId author, boolean local, String policy, boolean meantForThisNode,
            Optional<String> problem) {
    }

    /**
     * What a provider offers and asks for.
     *
     * @param provider the bundle
     * @param title what the service calls itself
     * @param version the service's version
     * @param publisher who the descriptor says made it; nobody has verified that
     * @param policy which nodes the publisher suggests
     * @param access what it asks for beyond its own state
     * @param sensitive the sensitive fields of the config that it would run with, as in {@link Consent}
     */
    public record Offer(ProviderIdentity provider, String title, String version, String publisher, String policy,
            AccessRequest access, Map<String, String> sensitive) {
        public Offer {
            sensitive = Map.copyOf(new TreeMap<>(sensitive));
        }
    }
}
