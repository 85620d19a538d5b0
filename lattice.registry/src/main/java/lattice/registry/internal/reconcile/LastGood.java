package lattice.registry.internal.reconcile;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.declaration.ConfigOverride;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.DeclarationFormat;
import lattice.registry.internal.instance.RunConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the config that each instance last ran with, at {@code /registry/last-good/{mesh}/{id}} of the meta store, as
 * {@code {"v":1,"declaration","override","effective","schema","version"}}: it stays in force while a newer one is invalid or
 * leaves what the owner consented to, over restarts too. It also says that this config was found valid by that schema.
 */
final class LastGood {
    private static final Logger LOG = LoggerFactory.getLogger(LastGood.class);
    private static final Key PLACE = new Key("/registry/last-good");
    private static final int FORMAT = 1;

    private final MetaStore meta;
    private final Map<InstanceKey, Optional<RunConfig>> cache = new HashMap<>();

    LastGood(MetaStore meta) {
        this.meta = meta;
    }

    Optional<RunConfig> get(InstanceKey key) {
        return cache.computeIfAbsent(key, this::read);
    }

    void put(InstanceKey key, RunConfig config) {
        if (get(key).equals(Optional.of(config))) {
            return;
        }
        ObjectNode node = Json.newObject().put("v", FORMAT);
        node.set("declaration", DeclarationFormat.write(config.declaration()));
        if (!config.override().isEmpty()) {
            node.set("override", config.override().patch());
        }
        node.set("effective", config.effective());
        node.put("schema", config.schema()).put("version", config.version());
        try {
            meta.write(Transaction.of(new Mutation.Put(place(key), Json.bytes(node))));
        } catch (StoreException e) {
            LOG.warn("The config that {} runs with could not be noted down: {}", key, e.getMessage());
        }
        cache.put(key, Optional.of(config));
    }

    void forget(InstanceKey key) {
        if (get(key).isPresent()) {
            try {
                meta.write(Transaction.of(new Mutation.Delete(place(key))));
            } catch (StoreException e) {
                LOG.warn("The config that {} ran with could not be forgotten: {}", key, e.getMessage());
            }
        }
        cache.remove(key);
    }

    /** Lets go of what is known about instances that are not there any more. */
    void keepOnly(Set<InstanceKey> keys) {
        cache.keySet().retainAll(keys);
    }

    private Optional<RunConfig> read(InstanceKey key) {
        Optional<Entry> entry = meta.get(place(key));
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        try {
            ObjectNode node = Json.object(entry.get().value());
            if (node.path("v").asInt() != FORMAT) {
                throw new FormatException("is of a version that is not known.");
            }
            Declaration declaration = DeclarationFormat.read(Json.asObject(node.path("declaration")));
            ConfigOverride override = node.has("override")
                    ? new ConfigOverride(Json.asObject(node.get("override"))) : ConfigOverride.NONE;
            return Optional.of(new RunConfig(declaration, override, Json.asObject(node.path("effective")),
                    node.path("schema").asText(), node.path("version").asText()));
        } catch (FormatException e) {
            LOG.warn("What {} last ran with is not known, because the note of it {}", key, e.getMessage());
            return Optional.empty();
        }
    }

    private static Key place(InstanceKey key) {
        return PLACE.child(key.mesh() + "/" + key.service());
    }
}
