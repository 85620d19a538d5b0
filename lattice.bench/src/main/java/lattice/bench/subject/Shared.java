package lattice.bench.subject;

import java.util.OptionalLong;

/** A session of a store in this process, which all threads share. */
final class Shared implements Subject.Session {
    private final Subject.Session store;

    Shared(Subject.Session store) {
        this.store = store;
    }

    @Override
    public void put(String key, byte[] value) throws Exception {
        store.put(key, value);
    }

    @Override
    public byte[] get(String key) throws Exception {
        return store.get(key);
    }

    @Override
    public OptionalLong scan(String prefix) throws Exception {
        return store.scan(prefix);
    }

    @Override
    public void close() {
        // The store is closed by whoever opened it.
    }
}
