package lattice.rpc.internal;

import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.testkit.InMemoryStore;

/** A meta store in memory. */
final class MemoryMetaStore implements MetaStore {
    private final InMemoryStore store = new InMemoryStore();
    /** Whether nothing can be written. */
    boolean full;

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
        if (full) {
            throw new StoreException(StoreException.Code.UNAVAILABLE, "The disk is full.");
        }
        return store.write(transaction);
    }
}
