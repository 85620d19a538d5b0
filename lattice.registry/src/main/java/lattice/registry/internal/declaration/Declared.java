package lattice.registry.internal.declaration;

import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.registry.internal.InstanceKey;

/**
 * A declaration as it was found.
 *
 * @param key the instance that it asks for
 * @param author the node that signed it
 * @param local whether the owner of this node declared it, for this node alone
 * @param overrides whether it is local and the mesh declares the service too
 * @param version which write it was, for people and logs
 * @param declaration what it says, if that could be read
 * @param problem why it could not be read, if so
 * @param override what the owner of this node set in place of declared fields
 */
public record Declared(InstanceKey key, NodeId author, boolean local, boolean overrides, String version,
        Optional<Declaration> declaration, Optional<String> problem, ConfigOverride override) {
}
