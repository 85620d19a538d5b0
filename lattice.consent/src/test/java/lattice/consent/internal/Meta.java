package lattice.consent.internal;

import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.testkit.InMemoryStore;

/** A meta store in memory. */
record Meta(InMemoryStore store) implements MetaStore {
    @Override
    public Optional<Entry> get(Key key) {
        return store.get(key);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix) {
        return store.scan(prefix);
    }

    @Override
    public Receipt write(Transaction transaction) {
        return store.write(transaction);
    }
}
