package lattice.registry.internal.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import lattice.registry.internal.declaration.ConfigOverride;
import lattice.registry.internal.declaration.Declaration;

/**
 * A valid config that an instance can run with.
 *
 * @param declaration what it was declared in
 * @param override what the owner of this node set in place of declared fields
 * @param effective with defaults filled in; not to be modified
 * @param schema digest of the schema that it was checked by
 * @param version which write declared it
 */
public record RunConfig(Declaration declaration, ConfigOverride override, ObjectNode effective, String schema,
        String version) {
    /** Whether an instance that runs with one need not be told of the other. */
    public boolean sameFor(RunConfig other) {
        return effective.equals(other.effective);
    }
}
