package lattice.registry.internal.instance;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Changes;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;

/** A store that is of use until it is taken back; then its watches end and every call fails. */
final class LeasedStore implements Store {
    private final Store store;
    private final ServiceId service;
    private final Set<LeasedWatch> watches = ConcurrentHashMap.newKeySet();
    private volatile boolean takenBack;

    LeasedStore(Store store, ServiceId service) {
        this.store = store;
        this.service = service;
    }

    void takeBack() {
        takenBack = true;
        watches.forEach(LeasedWatch::close);
    }

    @Override
    public StoreId id() {
        return store.id();
    }

    @Override
    public String name() {
        return store.name();
    }

    @Override
    public LogPosition position() {
        return leased().position();
    }

    @Override
    public Optional<Entry> get(Key key) {
        return leased().get(key);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix) {
        return leased().scan(prefix);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix, Key after) {
        return leased().scan(prefix, after);
    }

    @Override
    public CompletionStage<Receipt> submit(Transaction transaction) {
        return takenBack ? CompletableFuture.failedStage(closed()) : store.submit(transaction);
    }

    @Override
    public Receipt write(Transaction transaction) {
        return leased().write(transaction);
    }

    @Override
    public CompletionStage<CommandResult> apply(String stateMachine, byte[] command, Optional<String> operationId) {
        return takenBack ? CompletableFuture.failedStage(closed()) : store.apply(stateMachine, command, operationId);
    }

    @Override
    public List<HistoryEntry> history(Key key, int limit) {
        return leased().history(key, limit);
    }

    @Override
    public Watch watch(Prefix prefix, WatchStart start, WatchListener listener) {
        LeasedWatch watch = new LeasedWatch(listener,
                start instanceof WatchStart.After after ? after.position() : leased().position());
        watches.add(watch);
        try {
            watch.start(leased().watch(prefix, start, watch));
        } catch (RuntimeException e) {
            watches.remove(watch);
            throw e;
        }
        if (takenBack) {
            watch.close();
        }
        return watch;
    }

    private Store leased() {
        if (takenBack) {
            throw closed();
        }
        return store;
    }

    private StoreException closed() {
        return new StoreException(StoreException.Code.CLOSED, "This instance of " + service
                + " was stopped, and its store is of no use any more.");
    }

    /** Forgets a watch when it ends, so that a service that watches again and again holds nothing. */
    private final class LeasedWatch implements Watch, WatchListener {
        private final WatchListener listener;
        private final LogPosition from;
        private volatile Watch watch;
        private volatile boolean closed;

        LeasedWatch(WatchListener listener, LogPosition from) {
            this.listener = listener;
            this.from = from;
        }

        void start(Watch started) {
            watch = started;
            if (closed) {
                started.close();
            }
        }

        @Override
        public LogPosition position() {
            Watch started = watch;
            return started == null ? from : started.position();
        }

        @Override
        public void close() {
            closed = true;
            if (watch != null) {
                watch.close();
            }
        }

        @Override
        public void changed(Changes changes) {
            listener.changed(changes);
        }

        @Override
        public void caughtUp(LogPosition position) {
            listener.caughtUp(position);
        }

        @Override
        public void ended(WatchEnd end) {
            watches.remove(this);
            listener.ended(end);
        }
    }
}
