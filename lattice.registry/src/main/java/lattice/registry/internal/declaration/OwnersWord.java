package lattice.registry.internal.declaration;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;

/**
 * What the owner of this node says about services beside consent, for this node alone, in the meta store: whole
 * declarations at {@code /registry/local/{mesh}/{id}}, which stand in for the mesh's, and single fields of the config at
 * {@code /registry/override/{mesh}/{id}}, as {@code {"v":1,"config":{...}}} with a {@link ConfigOverride} in it.
 */
public final class OwnersWord {
    private static final Key LOCAL = new Key("/registry/local");
    private static final Key OVERRIDE = new Key("/registry/override");
    private static final int FORMAT = 1;

    private final MetaStore meta;

    public OwnersWord(MetaStore meta) {
        this.meta = meta;
    }

    /** Where the owner's declarations of a mesh's services are. */
    static Prefix declarations(StoreId mesh) {
        return Prefix.of(LOCAL.child(mesh.hex()));
    }

    /** Where the owner's fields of a mesh's services are. */
    static Prefix overrides(StoreId mesh) {
        return Prefix.of(OVERRIDE.child(mesh.hex()));
    }

    /** Declares for this node alone. */
    public void declare(InstanceKey key, byte[] declaration) {
        meta.write(Transaction.of(new Mutation.Put(place(LOCAL, key), declaration)));
    }

    /** Takes back what was declared for this node alone. */
    public void undeclare(InstanceKey key) {
        meta.write(Transaction.of(new Mutation.Delete(place(LOCAL, key))));
    }

    public boolean declares(InstanceKey key) {
        return meta.get(place(LOCAL, key)).isPresent();
    }

    /** @throws FormatException if what is there can't be read; the message reads on from "The owner's override" */
    public ConfigOverride override(InstanceKey key) throws FormatException {
        Optional<Entry> entry = meta.get(place(OVERRIDE, key));
        return entry.isPresent() ? read(entry.get().value()) : ConfigOverride.NONE;
    }

    /** Sets fields in place of those that were set before. */
    public void override(InstanceKey key, ConfigOverride override) {
        Key place = place(OVERRIDE, key);
        meta.write(Transaction.of(override.isEmpty() ? new Mutation.Delete(place)
                : new Mutation.Put(place, Json.bytes(Json.newObject().put("v", FORMAT).set("config", override.patch())))));
    }

    static ConfigOverride read(byte[] value) throws FormatException {
        ObjectNode node = Json.object(value);
        if (node.path("v").asInt() != FORMAT || !(node.get("config") instanceof ObjectNode patch)) {
            throw new FormatException("is of a version that is not known; set it anew with lattice:override.");
        }
        return new ConfigOverride(patch);
    }

    private static Key place(Key parent, InstanceKey key) {
        return parent.child(key.mesh() + "/" + key.service());
    }
}
