package lattice.kernel.internal.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Acl;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;

/** A store as someone may use it. */
public final class ActingStore implements Store {
    private final Engine engine;
    private final Actor actor;

    private ActingStore(Engine engine, Actor actor) {
        this.engine = engine;
        this.actor = actor;
    }

    /** A store as the node itself uses it. */
    public static Store ofNode(Engine engine) {
        return new ActingStore(engine, Actor.NODE);
    }

    /** A store as a service may use it. */
    public static Store ofService(Engine engine, ServiceId service, Acl acl) {
        return new ActingStore(engine, new Actor.OfService(service, acl));
    }

    @Override
    public StoreId id() {
        return engine.id();
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public LogPosition position() {
        return engine.position();
    }

    @Override
    public Optional<Entry> get(Key key) {
        SystemTables.checkRead(actor, key);
        return engine.get(key);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix) {
        SystemTables.checkRead(actor, prefix);
        return engine.scan(prefix, null);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix, Key after) {
        SystemTables.checkRead(actor, prefix);
        return engine.scan(prefix, after);
    }

    @Override
    public CompletionStage<Receipt> submit(Transaction transaction) {
        return engine.submit(actor, transaction);
    }

    @Override
    public Receipt write(Transaction transaction) {
        return engine.write(actor, transaction);
    }

    @Override
    public CompletionStage<CommandResult> apply(String stateMachine, byte[] command, Optional<String> operationId) {
        return engine.apply(actor, stateMachine, command, operationId);
    }

    @Override
    public List<HistoryEntry> history(Key key, int limit) {
        SystemTables.checkRead(actor, key);
        return engine.history(key, limit);
    }

    @Override
    public Watch watch(Prefix prefix, WatchStart start, WatchListener listener) {
        SystemTables.checkRead(actor, prefix);
        return engine.watch(prefix, start, listener);
    }

    @Override
    public String toString() {
        return "store " + name();
    }
}
