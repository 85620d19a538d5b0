package lattice.registry.internal.isolation;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.Isolation;

/**
 * The isolation that the owner of this node asks for, at {@code /registry/isolation/{mesh}/{service}} of the meta store. A
 * declaration can ask for more, never for less. What can't be read counts as the most.
 */
public final class OwnersIsolation {
    private static final Key PLACE = new Key("/registry/isolation");

    private final MetaStore meta;

    public OwnersIsolation(MetaStore meta) {
        this.meta = meta;
    }

    public Isolation get(InstanceKey key) {
        Optional<Entry> entry = meta.get(place(key));
        return entry.map(each -> Isolation.of(each.text()).orElse(Isolation.PROCESS)).orElse(Isolation.NODE);
    }

    public void set(InstanceKey key, Isolation isolation) {
        meta.write(Transaction.of(isolation == Isolation.NODE ? new Mutation.Delete(place(key))
                : new Mutation.Put(place(key), isolation.word().getBytes(StandardCharsets.UTF_8))));
    }

    private static Key place(InstanceKey key) {
        return PLACE.child(key.mesh() + "/" + key.service());
    }
}
