package lattice.consent;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;

/**
 * What the owner said about one service of one mesh, and about what exactly.
 *
 * @param mesh the mesh; a consent says nothing about another one
 * @param service the service
 * @param value the owner's word
 * @param provider the provider that was shown to the owner, if one was
 * @param access what it asked for when it was shown
 * @param sensitive the sensitive fields of the config when it was shown: JSON Pointers (RFC 6901) to values as compact
 *     JSON, {@code null} for a field that was absent
 */
public record Consent(StoreId mesh, ServiceId service, ConsentValue value, Optional<ProviderPin> provider,
        AccessRequest access, Map<String, String> sensitive) {
    public Consent {
        sensitive = Map.copyOf(new TreeMap<>(sensitive));
    }
}
