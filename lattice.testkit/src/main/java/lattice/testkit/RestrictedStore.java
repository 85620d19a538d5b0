package lattice.testkit;

import static lattice.api.store.StoreException.Code.DENIED;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Acl;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;

/** A store as one service may use it: what its ACL does not name is denied, and the system tables whatever it names. */
final class RestrictedStore implements Store {
    private static final List<Prefix> SYSTEM = List.of(new Prefix("/services"), new Prefix("/peers"),
            new Prefix("/stores"), new Prefix("/nodes"));

    private final InMemoryStore store;
    private final ServiceId service;
    private final Acl acl;
    private final Prefix ownNode;
    private final Prefix ownNodeServices;

    RestrictedStore(InMemoryStore store, NodeId node, ServiceId service, Acl acl) {
        this.store = store;
        this.service = service;
        this.acl = acl;
        this.ownNode = new Prefix("/nodes/" + node);
        this.ownNodeServices = new Prefix(ownNode.path() + "/services");
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
        return store.position();
    }

    @Override
    public Optional<Entry> get(Key key) {
        checkRead(Prefix.of(key));
        return store.get(key);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix) {
        checkRead(prefix);
        return store.scan(prefix);
    }

    @Override
    public Stream<Entry> scan(Prefix prefix, Key after) {
        checkRead(prefix);
        return store.scan(prefix, after);
    }

    @Override
    public Receipt write(Transaction transaction) {
        checkWrite(transaction.mutations());
        return store.commit(transaction, Optional.of(service));
    }

    @Override
    public CompletionStage<Receipt> submit(Transaction transaction) {
        return InMemoryStore.stage(() -> write(transaction));
    }

    @Override
    public CompletionStage<CommandResult> apply(String stateMachine, byte[] command, Optional<String> operationId) {
        return InMemoryStore.stage(() -> store.decide(stateMachine, command, operationId, Optional.of(service),
                this::checkWrite));
    }

    @Override
    public List<HistoryEntry> history(Key key, int limit) {
        checkRead(Prefix.of(key));
        return store.history(key, limit);
    }

    @Override
    public Watch watch(Prefix prefix, WatchStart start, WatchListener listener) {
        checkRead(prefix);
        return store.watch(prefix, start, listener);
    }

    private void checkRead(Prefix prefix) {
        if (!acl.mayRead(prefix)) {
            throw new StoreException(DENIED, service + " may not read " + prefix
                    + "; its descriptor must ask for it, and the owner of the node consent.");
        }
    }

    private void checkWrite(List<Mutation> mutations) {
        for (Mutation mutation : mutations) {
            Key key = mutation.key();
            if (!acl.mayWrite(key)) {
                throw new StoreException(DENIED, service + " may not write " + key
                        + "; its descriptor must ask for it, and the owner of the node consent.");
            }
            boolean system = SYSTEM.stream().anyMatch(table -> table.contains(key));
            if (system && (!ownNode.contains(key) || ownNodeServices.contains(key))) {
                throw new StoreException(DENIED, "No service may write " + key + ", whatever its rights.");
            }
        }
    }
}
