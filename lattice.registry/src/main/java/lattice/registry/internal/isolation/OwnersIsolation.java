package lattice.registry.internal.isolation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.process.Confinement;
import lattice.registry.process.MemorySize;

/**
 * Where the owner of this node lets a service of a bundle run, at {@code /registry/isolation/{mesh}/{service}} of the meta
 * store: {@code {"v":1,"isolation":"process","memory":BYTES,"files":N,"processes":N,"sandbox":"none"}}. A declaration can
 * ask for more isolation, never for less. What can't be read counts as the most.
 */
public final class OwnersIsolation {
    /** What holds where the owner has said nothing. */
    static final Wish USUAL = new Wish(Isolation.NODE, Confinement.STANDARD);

    private static final Wish MOST = new Wish(Isolation.PROCESS, new Confinement(Confinement.STANDARD.memory(),
            Confinement.STANDARD.files(), Confinement.STANDARD.processes(), Confinement.Sandbox.CLOSED));
    private static final Key PLACE = new Key("/registry/isolation");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VERSION = 1;

    private final MetaStore meta;

    /**
     * What the owner wants.
     *
     * @param isolation where it runs at least
     * @param confinement what a process of its own may use, if it runs in one
     */
    public record Wish(Isolation isolation, Confinement confinement) {
    }

    public OwnersIsolation(MetaStore meta) {
        this.meta = meta;
    }

    public Wish get(InstanceKey key) {
        return meta.get(place(key)).map(entry -> read(entry.value())).orElse(USUAL);
    }

    private static Wish read(byte[] json) {
        try {
            JsonNode wish = JSON.readTree(json);
            Optional<Isolation> isolation = Isolation.of(wish.path("isolation").asText());
            if (wish.path("v").asInt() != VERSION || isolation.isEmpty()) {
                return MOST;
            }
            return new Wish(isolation.get(), new Confinement(new MemorySize(wish.path("memory").asLong()),
                    wish.path("files").asInt(), wish.path("processes").asInt(),
                    Confinement.Sandbox.valueOf(wish.path("sandbox").asText().toUpperCase(Locale.ROOT))));
        } catch (IOException | IllegalArgumentException e) {
            return MOST;
        }
    }

    public void set(InstanceKey key, Wish wish) {
        meta.write(Transaction.of(wish.equals(USUAL) ? new Mutation.Delete(place(key))
                : new Mutation.Put(place(key), write(wish))));
    }

    private static byte[] write(Wish wish) {
        ObjectNode json = JSON.createObjectNode().put("v", VERSION).put("isolation", wish.isolation().word())
                .put("memory", wish.confinement().memory().bytes()).put("files", wish.confinement().files())
                .put("processes", wish.confinement().processes())
                .put("sandbox", wish.confinement().sandbox().name().toLowerCase(Locale.ROOT));
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Strings and numbers can be written as JSON.", e);
        }
    }

    private static Key place(InstanceKey key) {
        return PLACE.child(key.mesh() + "/" + key.service());
    }
}
