package lattice.bench.subject;

import java.util.Optional;
import java.util.OptionalLong;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;

/** A store of Lattice, through the API that services use. */
final class StoreSubject implements Subject, Subject.Session {
    private final Store store;
    private final AutoCloseable owner;

    /** @param owner closes the store */
    StoreSubject(Store store, AutoCloseable owner) {
        this.store = store;
        this.owner = owner;
    }

    @Override
    public String name() {
        return "lattice";
    }

    @Override
    public Session session() {
        return new Shared(this);
    }

    @Override
    public void put(String key, byte[] value) {
        store.put(new Key(key), value);
    }

    @Override
    public byte[] get(String key) {
        return store.get(new Key(key)).map(Entry::value).orElse(null);
    }

    @Override
    public OptionalLong scan(String prefix) {
        return OptionalLong.of(store.scan(new Prefix(prefix)).mapToLong(entry -> 1).sum());
    }

    @Override
    public Optional<AutoCloseable> watch(String prefix, Watcher watcher) {
        return Optional.of(new Following(new Prefix(prefix), watcher));
    }

    @Override
    public void close() throws Exception {
        owner.close();
    }

    /** A watch that is taken up again where it was cut off for being slow, as a client would do. */
    private final class Following implements AutoCloseable, WatchListener {
        private final Prefix prefix;
        private final Watcher watcher;
        private Watch watch;
        private boolean closed;

        Following(Prefix prefix, Watcher watcher) {
            this.prefix = prefix;
            this.watcher = watcher;
            this.watch = store.watch(prefix, new WatchStart.Now(), this);
        }

        @Override
        public void changed(Changes changes) {
            for (Change change : changes.changes()) {
                if (change instanceof Change.Updated updated) {
                    watcher.put(updated.entry().value());
                }
            }
        }

        @Override
        public synchronized void ended(WatchEnd end) {
            if (end instanceof WatchEnd.TooSlow slow && !closed) {
                watch = store.watch(prefix, new WatchStart.After(slow.resume()), this);
            } else if (!closed) {
                watcher.ended(end.toString());
            }
        }

        @Override
        public void close() {
            Watch last;
            synchronized (this) {
                closed = true;
                last = watch;
            }
            last.close();
        }
    }
}
