package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.StoreStatus;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.SentCommand;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.validity.Checkpoint;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.ForkProof;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.node.Verification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store of this node: its log, the state that it adds up to, and the threads that keep both. */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private static final long ANSWER_SECONDS = 120;

    private final EngineSettings settings;
    private final StoreFiles where;
    private final StoreId id;
    private final StoreLock lock;
    private final CommitLog log;
    private final Memory memory;
    private final Projection projection;
    private final StateReader reader;
    private final Writer writer;
    private final WatchHub hub;
    private final Commands commands;
    private final EngineReplica replica;
    private final ViewKeeper views;
    private final Upkeep upkeep;
    private final Checkpoints checkpoints;
    private final OtherCopy otherCopy;
    private final OwnSignatures signatures;
    private final List<Runnable> peersListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<ForkProof>> forkListeners = new CopyOnWriteArrayList<>();
    private final List<Runnable> controlListeners = new CopyOnWriteArrayList<>();
    private volatile Set<NodeId> holders = Set.of();
    private Control toldControl;
    private volatile boolean closed;

    private Engine(EngineSettings settings, StoreFiles where, StoreLock lock, Recovery.Recovered recovered)
            throws IOException {
        this.settings = settings;
        this.where = where;
        this.lock = lock;
        id = new StoreId(settings.id().hex());
        log = recovered.log();
        memory = recovered.memory();
        Errands errands = new Errands() {
            @Override
            public CompletableFuture<Void> start(Submission.Action action) {
                return writer.errand(action);
            }

            @Override
            public void run(Submission.Action action) {
                await(writer.errand(action));
            }
        };
        views = new ViewKeeper(settings, where, recovered, errands);
        projection = views.projection();
        reader = new StateReader(settings.name(), projection, this::checkOpen);
        hub = new WatchHub(settings.name(), log, memory.revision(), settings.resources().watches());
        Author self = new Author(settings.identity().id(), recovered.epoch());
        otherCopy = new OtherCopy(settings.name(), self, settings.clock().now());
        Histories histories = new Histories(this, settings, log, memory.chains(), this::forked);
        checkpoints = new Checkpoints(settings, where, log, memory, histories, projection, errands, this::control, this::change, this::snapshot);
        writer = new Writer(settings.name(), new Batch.Ground(settings.id(), self, settings.clock(),
                new Rules(id, settings.authority()), log, memory, projection, otherCopy, new VoidWrites(settings.name()),
                new EpochAllowance()), checkpoints::settled, new Writer.Listener() {
                    @Override
                    public void published(Published published, Commit commit, byte[] bytes, Hash hash, boolean alone) {
                        hub.published(published, alone);
                        onPublished(commit, bytes, hash);
                    }

                    @Override
                    public void judged(Published published) {
                        hub.published(published, true);
                    }
                });
        commands = new Commands(this, settings.machines(), settings.resources().pool(), settings.resources().timer(),
                settings.clock(), settings.limits().commandMillis());
        upkeep = new Upkeep(settings, where, recovered, views, self, errands, checkpoints);
        if (settings.isReplicated()) {
            upkeep.setFloor(checkpoints::floor);
        }
        Chains.Head head = memory.chains().head(self);
        signatures = new OwnSignatures(settings.identity(), self, log, memory, errands, settings.resources().timer(), head);
        replica = new EngineReplica(this, settings, log, memory.chains(), histories);
        writer.start();
        upkeep.start();
        views.start();
        checkpoints.followSoon();
        if (head.sequence() > recovered.signed()) {
            signatures.signSoon();
        }
    }

    /** Whether there is a store where the settings say. */
    public static boolean exists(EngineSettings settings) {
        return settings.files().exists(StoreFiles.of(settings.stores(), settings.id()).directory());
    }

    /** Makes an empty store. */
    public static Engine create(EngineSettings settings) throws IOException {
        return create(settings, null);
    }

    /**
     * Makes a store that starts with its founding commit.
     *
     * @param founding the bytes of the commit, of this node, whose hash is the id of the store; null for none
     */
    public static Engine create(EngineSettings settings, byte[] founding) throws IOException {
        StoreFactory.create(settings, founding);
        return open(settings);
    }

    /** Has a store that is not open take a new epoch when it is opened next. */
    public static void forgetEpoch(FileLayer files, Path directory) throws IOException {
        files.delete(new StoreFiles(directory).epoch());
        files.syncDirectory(directory);
    }

    /** Opens a store that is there. */
    public static Engine open(EngineSettings settings) throws IOException {
        StoreFiles where = StoreFiles.of(settings.stores(), settings.id());
        StoreLock lock = StoreLock.acquire(where.lock());
        try {
            Recovery.Recovered recovered =
                    new Recovery(settings, where, new Epoch(settings.files(), where.epoch()), where.snapshotsOf(settings))
                            .run();
            return new Engine(settings, where, lock, recovered);
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    public StoreId id() {
        return id;
    }

    public String name() {
        return settings.name();
    }

    boolean isRoot() {
        return settings.root();
    }

    Author self() {
        return writer.self();
    }

    /** The place behind the last commit that is durable. */
    long logEnd() {
        return log.end();
    }

    long revision() {
        return projection.published();
    }

    public LogPosition position() {
        return positionOf(projection.published());
    }

    private LogPosition positionOf(long revision) {
        return new LogPosition(log.id(), revision);
    }

    public StoreStatus status() {
        Optional<String> problem = writer.problem();
        boolean writable = problem.isEmpty() && !closed;
        if (problem.isEmpty()) {
            problem = views.problem();
            writable &= problem.isEmpty();
        }
        if (problem.isEmpty()) {
            problem = upkeep.problem();
        }
        if (problem.isEmpty()) {
            problem = otherCopy.problem();
        }
        return new StoreStatus(id, name(), writable, problem, position(), projection.applied(), log.bytes(),
                projection.viewBytes(), lastVerification().map(found -> new StoreStatus.Reading(found.at(),
                        found.damages().size(),
                        (int) found.damages().stream().filter(Verification.DamagedPlace::repaired).count())), upkeep.snapshotBytes(),
                settings.limits().keptLogBytes());
    }

    // Reading

    public Optional<Entry> get(Key key) {
        return reader.get(key);
    }

    /** @param after only keys greater than this; null for all */
    public Stream<Entry> scan(Prefix prefix, Key after) {
        return reader.scan(prefix, after);
    }

    /**
     * A hash of a part of the state.
     *
     * @param revision the revision that it is of
     * @param count how many values it covers
     * @param hash 32 bytes, equal wherever the state is
     */
    public record StateDigest(long revision, long count, byte[] hash) {
    }

    /** Hashes all that is below a prefix, as it was at one revision; writes and reads go on. */
    public StateDigest digest(Prefix prefix) {
        return reader.digest(prefix, settings.limits().catchUpMillis());
    }

    /** What commands and replication read besides. */
    StateReader reader() {
        return reader;
    }

    /** What the control commits say that this store goes by: those of the root store. */
    public Control control() {
        return settings.authority().basis(memory.control());
    }

    /** Calls a listener after each commit that wrote below {@code /peers}, on the writer's thread. */
    public AutoCloseable onPeersChange(Runnable listener) {
        peersListeners.add(listener);
        return () -> peersListeners.remove(listener);
    }

    /** The last commit held of an author. */
    public record ChainHead(long sequence, Hash hash) {
    }

    /** How far each author has come here. */
    public Map<Author, ChainHead> heads() {
        Map<Author, ChainHead> heads = new HashMap<>();
        memory.chains().heads().forEach((author, head) -> heads.put(author, new ChainHead(head.sequence(), head.hash())));
        return heads;
    }

    private void change(StateInstaller.Change change) {
        await(writer.change(change));
    }

    /** What replication sees of it. */
    public EngineReplica replica() {
        return replica;
    }

    List<HistoryEntry> history(Key key, int limit) {
        if (limit <= 0) {
            return List.of();
        }
        Optional<Cell> cell = reader.cell(key.utf8());
        return cell.isEmpty() ? List.of() : new History(log).of(key, cell.get(), limit);
    }

    /** Watches as the node itself. */
    public Watch watchAsNode(Prefix prefix, WatchStart start, WatchListener listener) {
        return watch(prefix, start, listener);
    }

    Watch watch(Prefix prefix, WatchStart start, WatchListener listener) {
        checkOpen();
        return hub.watch(prefix, start, listener, projection.published(), this::positionOf);
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException(StoreException.Code.CLOSED, "Store " + name() + " is closed.");
        }
    }

    // Writing

    void checkWrite(Actor actor, Key key) {
        SystemTables.checkWrite(actor, self().node(), settings.root(), key);
    }

    CompletableFuture<Receipt> submit(Actor actor, Transaction transaction) {
        List<Submission.Prepared> prepared = new ArrayList<>(transaction.mutations().size());
        for (Mutation mutation : transaction.mutations()) {
            checkWrite(actor, mutation.key());
            byte[] key = mutation.key().utf8();
            prepared.add(new Submission.Prepared(key, mutation instanceof Mutation.Put put ? put.value() : null, null,
                    reader.hint(key)));
        }
        Submission.Local local = prepare(actor, prepared, transaction.operationId(), Optional.empty(), () -> true);
        enqueue(local);
        return local.answer();
    }

    /** Checks all that can be checked before a transaction is put in the queue. */
    Submission.Local prepare(Actor actor, List<Submission.Prepared> prepared, Optional<String> operationId,
            Optional<SentCommand> command, BooleanSupplier stillWanted) {
        boolean control = false;
        Control basis = settings.authority().basis(memory.control());
        if (settings.root() || settings.authority() instanceof Authority.Members) {
            List<Write> writes = prepared.stream().map(one -> new Write(one.key(), one.value(), null)).toList();
            TransactionSection section = new TransactionSection(actor.service(), operationId, command, writes);
            writer.objection(section).ifPresent(objection -> {
                throw new StoreException(StoreException.Code.DENIED, objection);
            });
            control = settings.root() && writes.stream().anyMatch(write -> SystemTables.maybeHolds(write.key())
                    && SystemTables.isControl(new Key(new String(write.key(), StandardCharsets.UTF_8))));
        }
        long bytes = 200;
        for (Submission.Prepared one : prepared) {
            bytes += 200 + one.key().length + (one.value() == null ? 0 : one.value().length);
        }
        return new Submission.Local(prepared, actor.service(), operationId,
                operationId.map(given -> Operations.id(actor.service(), given)), command, control, basis, stillWanted, bytes,
                new CompletableFuture<>());
    }

    void enqueue(Submission submission) {
        if (writer.problem().isPresent()) {
            submission.fail(new StoreException(StoreException.Code.UNAVAILABLE, writer.problem().get()));
            return;
        }
        switch (writer.queue().offer(submission, settings.limits().submitMillis(), TimeUnit.MILLISECONDS)) {
            case TAKEN -> { }
            case FULL -> submission.fail(new StoreException(StoreException.Code.BUSY, "Store " + name()
                    + " has more to write than it can take; try again later."));
            case CLOSED -> submission.fail(new StoreException(StoreException.Code.CLOSED,
                    "Store " + name() + " is closed."));
        }
    }

    Receipt write(Actor actor, Transaction transaction) {
        return await(submit(actor, transaction));
    }

    /** Writes as the node itself. */
    public Receipt writeAsNode(Transaction transaction) {
        return write(Actor.NODE, transaction);
    }

    CompletionStage<CommandResult> apply(Actor actor, String machine, byte[] command, Optional<String> operationId) {
        checkOpen();
        return commands.apply(actor, machine, command, operationId);
    }

    /** What was answered to an operation of this node that is not under way any more. */
    Optional<Receipt> answered(Hash operation, HybridTime now) {
        return memory.operations().find(operation, now)
                .map(done -> new Receipt(new LogPosition(log.id(), done.revision()), done.version()));
    }

    /** Waits for an answer, which comes whatever happens to the disk. An interrupt doesn't cut the wait short. */
    <T> T await(CompletableFuture<T> answer) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException cause) {
                throw new StoreException(cause.code(), cause.getMessage(), cause);
            }
            if (e.getCause() instanceof IOException cause) {
                throw new StoreException(StoreException.Code.UNAVAILABLE,
                        "The disk refuses what store " + name() + " asks of it: " + cause.getMessage(), cause);
            }
            throw new IllegalStateException("Writing to store " + name() + " failed.", e.getCause());
        } catch (TimeoutException e) {
            throw new StoreException(StoreException.Code.UNAVAILABLE, "The disk has not answered store " + name()
                    + " for " + ANSWER_SECONDS + " s; whether this was written will show.", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // Keeping

    private void onPublished(Commit commit, byte[] bytes, Hash hash) {
        if (settings.root() && touchesPeers(commit)) {
            peersListeners.forEach(Runnable::run);
        }
        if (commit.author().equals(writer.self())) {
            replica.written(commit, bytes, hash);
            signatures.written(commit.sequence(), hash);
        } else {
            otherCopy.look(commit);
        }
        upkeep.published();
        if (settings.root() && memory.control() != toldControl) {
            toldControl = memory.control();
            controlListeners.forEach(Runnable::run);
        }
        checkpoints.followSoon();
    }

    private static boolean touchesPeers(Commit commit) {
        for (TransactionSection transaction : commit.transactions()) {
            for (Write write : transaction.writes()) {
                if (SystemTables.maybeHolds(write.key())
                        && SystemTables.PEERS.contains(new Key(new String(write.key(), StandardCharsets.UTF_8)))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Calls a listener when the control commits say something new, on the writer's thread. */
    public void onControlChange(Runnable listener) {
        controlListeners.add(listener);
    }

    /** The control commits of the root store, by which this child store goes, say something new. */
    public void controlChanged() {
        writer.errand(checkpoints::followSoon);
    }

    /** Makes the next checkpoint of this store: see {@link Checkpoints#make}. */
    public Optional<Checkpoint> makeCheckpoint(StoreId mesh, Duration grace, long under, Optional<byte[]> delegation)
            throws IOException {
        checkOpen();
        return checkpoints.make(mesh, grace, under, delegation);
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    /** Calls a listener with each proof that an author made two histories of this store. */
    public void onFork(Consumer<ForkProof> listener) {
        forkListeners.add(listener);
    }

    /** An author has made two histories. If it is this node itself, its home runs twice: it must not go on in this epoch. */
    void forked(ForkProof proof) {
        if (proof.author().node().equals(self().node())) {
            LOG.error("Another copy of this node writes to store {} as well: its home was copied and runs twice. What either wrote "
                    + "from commit {} on counts nowhere. Stop the other copy for good, then restart this node.", name(),
                    proof.sequence());
            try {
                forgetEpoch(settings.files(), where.directory());
            } catch (IOException e) {
                LOG.error("Store {} could not be told to begin anew at the next start: {}", name(), e.getMessage(), e);
            }
        } else {
            LOG.error("Node {} has made two histories of store {}: what it wrote from commit {} on counts nowhere. It was copied "
                    + "and runs twice, or it cheats.", proof.author().node().shortId(), name(), proof.sequence());
        }
        forkListeners.forEach(listener -> listener.accept(proof));
    }

    /** Makes the states of checkpoints that are there now. */
    public void settle() throws IOException {
        checkpoints.follow();
    }

    /** Keys that this node wrote too late for a checkpoint, so that it counts nowhere. */
    public List<String> lateWrites(int limit) {
        return checkpoints.late(self().node(), limit);
    }

    /** Says which nodes hold this store; empty for all members. */
    public void heldBy(Set<NodeId> nodes) {
        holders = Set.copyOf(nodes);
    }

    Set<NodeId> holders() {
        return holders;
    }

    /** How many bytes the log has grown since the last checkpoint. */
    public long uncoveredBytes() {
        return checkpoints.uncovered();
    }

    /** The number of the last checkpoint whose state is held here; 0 for none. */
    public long settledNumber() {
        return checkpoints.settled().number();
    }

    /** Why what checkpoints cover can't be given up here, if that is so. */
    public Optional<String> checkpointProblem() {
        return checkpoints.problem();
    }

    /** Takes a snapshot of what is there now; writes and reads go on. @return the revision that it is of */
    public long snapshot() throws IOException {
        checkOpen();
        return upkeep.snapshot();
    }

    /**
     * Reads everything, and mends what can be mended: what is damaged is told in any case.
     *
     * @param bytesPerSecond how fast, at most
     */
    public Verification verify(long bytesPerSecond) throws IOException {
        checkOpen();
        return upkeep.verify(bytesPerSecond);
    }

    /** What was found when everything was read last, in this life of the process or before; empty if it never was. */
    public Optional<Verification> lastVerification() {
        return upkeep.lastVerification();
    }

    /** Whether everything was read so long ago that it is time to do so again, or never. */
    public boolean isVerificationDue(Duration every) {
        Instant now = Instant.now();
        // One from the future was read by a clock that was wrong.
        return lastVerification().map(Verification::at).filter(at -> at.isAfter(now.minus(every)) && !at.isAfter(now)).isEmpty();
    }

    /** Drops what is past its age, though nothing is written that would be an occasion. */
    public void compactIfDue() throws IOException {
        checkOpen();
        upkeep.compactIfDue();
    }

    /** Whether a part of the log is damaged and not given up yet. */
    boolean isDamaged() {
        return log.isDamaged();
    }

    /** The places, in words, where something was lost to damage and has neither come back nor been accepted as lost. */
    public List<String> losses() {
        return upkeep.losses();
    }

    /** Takes what was lost to damage as lost, so that it is no problem any more. @return whether anything was */
    public boolean acceptLosses() throws IOException {
        return upkeep.acceptLosses();
    }

    /** The files of a store's backup; each is one that is not there yet. */
    public record Exported(Path snapshot, Path log, Path state) {
    }

    /**
     * Writes a snapshot of what is there now, and what it takes to make the next checkpoint: the state of the last one, if there
     * is one, and the log since.
     */
    public StateDigest export(Exported to) throws IOException {
        checkOpen();
        return checkpoints.export(to, () -> upkeep.export(to.snapshot()));
    }

    /** Writes what waits, saves the view and lets go of the store; each step is given its time and no more. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        upkeep.close();
        views.close();
        long millis = settings.limits().closeMillis();
        signatures.close();
        boolean stopped = writer.close(millis, TimeUnit.MILLISECONDS);
        hub.close();
        replica.close();
        checkpoints.close();
        boolean saved = views.save(millis, TimeUnit.MILLISECONDS);
        if (!stopped) {
            LOG.warn("The disk did not answer while store {} was closed; it is recovered at the next start.", name());
            return;
        }
        try {
            log.close();
            if (saved && writer.problem().isEmpty() && !log.isDamaged()) {
                FileLayer files = settings.files();
                String viewFile = projection.viewFile().orElseThrow();
                Path view = where.view().resolve(viewFile);
                new CleanMarker(settings.id(), log.id(), viewFile, files.size(view), files.crc(view), log.end(),
                        memory.revision(), memory.toBytes()).write(files, where.cleanMarker());
            }
        } catch (IOException e) {
            LOG.warn("Store {} could not be closed cleanly; it is recovered at the next start: {}", name(), e.getMessage());
        }
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("The lock of store {} could not be given back: {}", name(), e.getMessage());
        }
    }
}
