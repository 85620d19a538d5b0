package lattice.testkit;

import static lattice.api.store.StoreException.Code.CLOSED;
import static lattice.api.store.StoreException.Code.INVALID_TRANSACTION;
import static lattice.api.store.StoreException.Code.LOG_CHANGED;
import static lattice.api.store.StoreException.Code.NO_STATE_MACHINE;
import static lattice.api.store.StoreException.Code.STATE_MACHINE_FAILED;
import static lattice.api.store.StoreException.Code.TOO_LARGE;
import static lattice.api.store.StoreException.Code.UNAVAILABLE;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.StateMachine;
import lattice.api.statemachine.StateView;
import lattice.api.store.Acl;
import lattice.api.store.Author;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.CommandResult;
import lattice.api.store.CompactedException;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.HistoryEntry.Outcome;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.StoreStatus;
import lattice.api.store.Transaction;
import lattice.api.store.Version;
import lattice.api.store.Watch;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;

/**
 * A store in memory that keeps every promise of {@link Store} but durability, for unit tests of services. Each transaction
 * is a commit of its own, and a stage that it returns is complete already. It can also play the bad days of a real one:
 * {@link #unavailable}, {@link #compact}.
 */
public final class InMemoryStore implements Store, AutoCloseable {
    /** How long a retry with an operation id is answered with the first receipt. */
    public static final Duration OPERATION_MEMORY = Duration.ofHours(24);

    /** How many commits a watch may fall behind before it ends, unless another limit was given. */
    public static final int MAX_WATCH_LAG = 10_000;

    private static final AtomicInteger STORES = new AtomicInteger();

    private final int number = STORES.incrementAndGet();
    private final StoreId id = new StoreId(String.format("%064x", number));
    private final String logId = "memory-" + number;
    private final Author author;
    private final InstantSource clock;
    private final int maxWatchLag;

    // All below is guarded by this object's monitor, on which watches wait for commits.
    private final NavigableMap<Key, Entry> entries = new TreeMap<>();
    private final Map<Key, List<Write>> writes = new HashMap<>();
    private final NavigableMap<Long, List<Change>> log = new TreeMap<>();
    private final Map<OperationKey, Operation> operations = new HashMap<>();
    private final Map<String, StateMachine> stateMachines = new HashMap<>();
    private final Set<MemoryWatch> watches = new HashSet<>();
    private HybridTime time = HybridTime.ZERO;
    private long revision;
    private long compacted;
    private Optional<String> problem = Optional.empty();
    private boolean closed;

    private record Write(Version version, Optional<byte[]> value, Optional<ServiceId> service, long revision) {
    }

    private record OperationKey(Optional<ServiceId> service, String id) {
    }

    private record Operation(Receipt receipt, HybridTime time) {
    }

    /** A root store of a node that is {@link TestNodeStatus#NODE}, by the system's clock. */
    public InMemoryStore() {
        this(TestNodeStatus.NODE, InstantSource.system(), MAX_WATCH_LAG);
    }

    /**
     * A root store.
     *
     * @param node who signs its commits
     * @param clock wall-clock time
     * @param maxWatchLag how many commits a watch may fall behind before it ends
     */
    public InMemoryStore(NodeId node, InstantSource clock, int maxWatchLag) {
        this.author = new Author(node, 1);
        this.clock = clock;
        this.maxWatchLag = maxWatchLag;
    }

    /** Makes a state machine known to {@link #apply}, as registering the OSGi service does in a node. */
    public synchronized InMemoryStore register(String name, StateMachine stateMachine) {
        stateMachines.put(name, stateMachine);
        return this;
    }

    /** This store with the rights of a service, as its {@code ServiceContext} has it. */
    public Store restrictedTo(ServiceId service, Acl acl) {
        return new RestrictedStore(this, author.node(), service, acl);
    }

    /** From now on every write fails with {@code UNAVAILABLE}, as with a full disk; reads go on. */
    public synchronized void unavailable(String why) {
        problem = Optional.of(why);
    }

    /** Writes work again. */
    public synchronized void available() {
        problem = Optional.empty();
    }

    /** Forgets the changes and history up to a revision. */
    public synchronized void compact(long upTo) {
        compacted = Math.max(compacted, Math.min(upTo, revision));
        log.headMap(compacted, true).clear();
        writes.values().forEach(list -> list.removeIf(write -> write.revision <= compacted));
        notifyAll();
    }

    /** How the store is, as a node would say. */
    public synchronized StoreStatus status() {
        return new StoreStatus(id, name(), problem.isEmpty() && !closed, problem, position(), revision, 0, 0);
    }

    @Override
    public StoreId id() {
        return id;
    }

    @Override
    public String name() {
        return "root";
    }

    @Override
    public synchronized LogPosition position() {
        return new LogPosition(logId, revision);
    }

    @Override
    public synchronized Optional<Entry> get(Key key) {
        checkOpen();
        return Optional.ofNullable(entries.get(key));
    }

    @Override
    public synchronized Stream<Entry> scan(Prefix prefix) {
        checkOpen();
        return below(prefix, entries);
    }

    @Override
    public synchronized Stream<Entry> scan(Prefix prefix, Key after) {
        checkOpen();
        return below(prefix, entries.tailMap(after, false));
    }

    private static Stream<Entry> below(Prefix prefix, NavigableMap<Key, Entry> range) {
        return range.values().stream().filter(entry -> prefix.contains(entry.key())).toList().stream();
    }

    @Override
    public Receipt write(Transaction transaction) {
        return commit(transaction, Optional.empty());
    }

    @Override
    public CompletionStage<Receipt> submit(Transaction transaction) {
        return stage(() -> write(transaction));
    }

    @Override
    public CompletionStage<CommandResult> apply(String stateMachine, byte[] command, Optional<String> operationId) {
        return stage(() -> decide(stateMachine, command, operationId, Optional.empty(), mutations -> { }));
    }

    synchronized Receipt commit(Transaction transaction, Optional<ServiceId> service) {
        checkWritable();
        HybridTime now = tick();
        Optional<OperationKey> operation = transaction.operationId().map(id -> new OperationKey(service, id));
        return known(operation, now).orElseGet(() -> append(transaction.mutations(), operation, now, service));
    }

    private Optional<Receipt> known(Optional<OperationKey> operation, HybridTime now) {
        operations.values().removeIf(old -> now.millis() - old.time.millis() > OPERATION_MEMORY.toMillis());
        return operation.map(operations::get).map(Operation::receipt);
    }

    private Receipt append(List<Mutation> mutations, Optional<OperationKey> operation, HybridTime now,
            Optional<ServiceId> service) {
        Receipt receipt = append(mutations, now, service);
        operation.ifPresent(key -> operations.put(key, new Operation(receipt, now)));
        return receipt;
    }

    /** @param check throws if the caller may not do what the state machine decided */
    synchronized CommandResult decide(String name, byte[] command, Optional<String> operationId, Optional<ServiceId> service,
            Consumer<List<Mutation>> check) {
        operationId.filter(id -> id.isEmpty() || id.length() > Transaction.MAX_OPERATION_ID).ifPresent(id -> {
            throw new StoreException(INVALID_TRANSACTION, "An operation id has 1 to " + Transaction.MAX_OPERATION_ID
                    + " characters; this one has " + id.length() + ".");
        });
        if (command.length > Mutation.MAX_VALUE_BYTES) {
            throw new StoreException(TOO_LARGE, "The command for " + name + " has " + command.length
                    + " bytes; the most is " + Mutation.MAX_VALUE_BYTES + ".");
        }
        checkWritable();
        StateMachine stateMachine = stateMachines.get(name);
        if (stateMachine == null) {
            throw new StoreException(NO_STATE_MACHINE, "No state machine is registered as '" + name + "'.");
        }
        HybridTime now = tick();
        Optional<OperationKey> operation = operationId.map(id -> new OperationKey(service, id));
        Optional<Receipt> known = known(operation, now);
        if (known.isPresent()) {
            return new CommandResult.Applied(known.get());
        }
        Decision decision;
        try {
            decision = stateMachine.decide(view(), command.clone());
        } catch (RuntimeException e) {
            throw new StoreException(STATE_MACHINE_FAILED, "State machine '" + name + "' failed: " + e, e);
        }
        if (decision instanceof Decision.Refuse refuse) {
            return new CommandResult.Refused(refuse.reason());
        }
        if (!(decision instanceof Decision.Accept accept)) {
            throw new StoreException(STATE_MACHINE_FAILED, "State machine '" + name + "' decided nothing.");
        }
        List<Mutation> mutations = Effects.mutations(accept.effects(), now, author, entries::get);
        check.accept(mutations);
        return mutations.isEmpty()
                ? new CommandResult.NoEffect()
                : new CommandResult.Applied(append(new Transaction(mutations, operationId).mutations(), operation, now, service));
    }

    private StateView view() {
        return new StateView() {
            @Override
            public Optional<Entry> get(Key key) {
                return InMemoryStore.this.get(key);
            }

            @Override
            public Stream<Entry> scan(Prefix prefix) {
                return InMemoryStore.this.scan(prefix);
            }
        };
    }

    private Receipt append(List<Mutation> mutations, HybridTime now, Optional<ServiceId> service) {
        revision++;
        List<Change> changes = new ArrayList<>();
        for (int index = 0; index < mutations.size(); index++) {
            Mutation mutation = mutations.get(index);
            Version version = new Version(now, author, index);
            Optional<byte[]> value = Optional.empty();
            if (mutation instanceof Mutation.Put put) {
                byte[] bytes = put.value().clone();
                Entry entry = new Entry(put.key(), bytes, version, revision, false);
                entries.put(put.key(), entry);
                changes.add(new Change.Updated(entry, service));
                value = Optional.of(bytes);
            } else if (entries.remove(mutation.key()) != null) {
                changes.add(new Change.Removed(mutation.key(), version, service));
            }
            writes.computeIfAbsent(mutation.key(), key -> new ArrayList<>())
                    .add(new Write(version, value, service, revision));
        }
        log.put(revision, changes);
        notifyAll();
        return new Receipt(position(), new Version(now, author, 0));
    }

    @Override
    public synchronized List<HistoryEntry> history(Key key, int limit) {
        checkOpen();
        List<Write> all = writes.getOrDefault(key, List.of());
        return all.stream()
                .sorted(Comparator.comparing(Write::version).reversed())
                .limit(limit)
                .map(write -> new HistoryEntry(write.version, write.value, write.service, write.revision,
                        write == all.get(all.size() - 1) ? Outcome.CURRENT : Outcome.OVERWRITTEN))
                .toList();
    }

    @Override
    public synchronized Watch watch(Prefix prefix, WatchStart start, WatchListener listener) {
        checkOpen();
        long from = start instanceof WatchStart.After after ? known(after.position()) : revision;
        MemoryWatch watch = new MemoryWatch(this, prefix, from, revision, maxWatchLag, listener);
        watches.add(watch);
        watch.start();
        return watch;
    }

    private long known(LogPosition position) {
        if (!position.logId().equals(logId) || position.revision() > revision) {
            throw new StoreException(LOG_CHANGED, "Position " + position.revision() + " of log " + position.logId()
                    + " is not one of this log, " + logId + " at " + revision + ": scan again, and watch from there.");
        }
        if (position.revision() < compacted) {
            throw new CompactedException(position.revision(), compacted);
        }
        return position.revision();
    }

    /** Ends all watches; whatever is asked afterwards fails with {@code CLOSED}. */
    @Override
    public void close() {
        List<MemoryWatch> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(watches);
            notifyAll();
        }
        open.forEach(MemoryWatch::join);
    }

    private HybridTime tick() {
        HybridTime wall = HybridTime.ofMillis(clock.millis());
        time = wall.compareTo(time) > 0 ? wall : time.next();
        return time;
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException(CLOSED, "The store is closed.");
        }
    }

    private void checkWritable() {
        checkOpen();
        problem.ifPresent(why -> {
            throw new StoreException(UNAVAILABLE, why);
        });
    }

    static <T> CompletionStage<T> stage(Supplier<T> work) {
        try {
            return CompletableFuture.completedFuture(work.get());
        } catch (StoreException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** For a watch: waits for a commit after {@code after}, or until the watch is to close. */
    synchronized List<Change> awaitChanges(long after, BooleanSupplier closing) throws InterruptedException {
        while (!closing.getAsBoolean()) {
            checkOpen();
            if (after < compacted) {
                throw new CompactedException(after, compacted);
            }
            if (after < revision) {
                return log.get(after + 1);
            }
            wait();
        }
        return List.of();
    }

    LogPosition positionAt(long at) {
        return new LogPosition(logId, at);
    }

    synchronized void wakeWatches() {
        notifyAll();
    }

    synchronized void forget(MemoryWatch watch) {
        watches.remove(watch);
    }
}
