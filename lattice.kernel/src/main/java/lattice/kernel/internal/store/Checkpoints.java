package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.StoreException;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.Checkpoint;
import lattice.kernel.internal.validity.CheckpointChain;
import lattice.kernel.internal.validity.CheckpointCodec;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.Mark;
import lattice.kernel.internal.validity.Position;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the checkpoints of a store, and makes them where this node is the one to. The state of each is made here from what is
 * held, in {@code checkpoints/NUMBER.state}, NUMBER being 16 hexadecimal digits; only if it is the very state that was signed
 * may what it covers be given up.
 */
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
    private static final String SUFFIX = ".state";
    private static final String UNFINISHED = "unfinished.tmp";
    /** So that the text of a checkpoint fits into a value. */
    private static final int MAX_MARKS = 5000;
    /** Calm is when the log grows by no more in that time; for longer than half a minute nobody waits for it. */
    private static final long CALM_BYTES = 256 * 1024;
    private static final long CALM_MILLIS = 200;
    private static final long FOLLOWED_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final EngineSettings settings;
    private final StoreId store;
    private final Path directory;
    private final FileLayer files;
    private final CommitLog log;
    private final Memory memory;
    private final Histories histories;
    private final Errands errands;
    private final Supplier<Control> control;
    private final StateArrival arrival;
    private final AtomicBoolean following = new AtomicBoolean();
    /** Held by who makes a state, one at a time under this object's lock, and for ever once the store is closed. */
    private final Semaphore building = new Semaphore(1);
    private volatile Settled settled;
    private volatile CheckpointChain followed;
    private volatile Floor floor = new Floor(0, HybridTime.ZERO);
    private volatile String problem;
    /** Whether the next state can't be made here, though all that it covers was held: damage has taken what it takes. */
    private volatile boolean lacking;
    private volatile long placeOfLast;
    private volatile boolean closed;

    /** The state of the last checkpoint whose state is held here; number 0 and nulls for none. */
    record Settled(long number, Path file, StateFile.About about) {
        static final Settled NONE = new Settled(0, null, null);

        boolean covers(Commit commit) {
            return about != null && about.covers(commit);
        }
    }

    /** Takes a snapshot of the store. */
    interface Snapshooter {
        long snapshot() throws IOException;
    }

    Checkpoints(EngineSettings settings, StoreFiles where, CommitLog log, Memory memory, Histories histories,
            Projection projection, Errands errands, Supplier<Control> control, StateInstaller.Changer changer, Snapshooter snapshooter)
            throws IOException {
        this.settings = settings;
        this.store = new StoreId(settings.id().hex());
        this.directory = where.checkpoints();
        this.files = settings.files();
        this.log = log;
        this.memory = memory;
        this.histories = histories;
        this.errands = errands;
        this.control = control;
        arrival = new StateArrival(settings, where, log, memory, errands, control, projection, changer, snapshooter, this);
        settled = newest();
        placeOfLast = settled.number == 0 ? 0 : log.start();
    }

    /** The state of the last checkpoint that can be read. What is lacking then is made anew of the log, if that holds it. */
    private Settled newest() throws IOException {
        List<Path> held = held();
        Collections.reverse(held);
        for (Path file : held) {
            try {
                StateFile.About about = StateFile.about(files, file);
                return new Settled(about.number(), file, about);
            } catch (IOException | DamagedViewException e) {
                LOG.error("The state of a checkpoint of store {} can't be used: {}", settings.name(), e.getMessage());
            }
        }
        return Settled.NONE;
    }

    /** The files of states, the oldest first. */
    List<Path> held() throws IOException {
        List<Path> held = new ArrayList<>();
        for (String name : files.list(directory)) {
            if (name.matches("[0-9a-f]{16}\\" + SUFFIX)) {
                held.add(directory.resolve(name));
            }
        }
        return held;
    }

    CellFile.Reader read(Path state) throws IOException {
        return new CellFile.Reader(files, state);
    }

    /** Makes a state anew whose file is damaged. @return whether that could be done */
    synchronized boolean remake(Path damaged) throws IOException {
        files.delete(damaged);
        files.syncDirectory(directory);
        if (!damaged.equals(settled.file)) {
            return true;
        }
        long number = settled.number;
        settled = newest();
        follow();
        return settled.number >= number;
    }

    /** Puts the state of a checkpoint from a backup where a store has it. */
    static void restore(FileLayer files, Path state, Path directory) throws IOException {
        Path copy = directory.resolve(fileName(StateFile.about(files, state).number()));
        Files.copy(state, copy);
        try (OpenFile open = files.write(copy)) {
            open.sync();
        }
        files.syncDirectory(directory);
    }

    static String fileName(long number) {
        return String.format("%016x", number) + SUFFIX;
    }

    Settled settled() {
        return settled;
    }

    Floor floor() {
        return floor;
    }

    /** Takes a snapshot of the store for a backup. */
    interface Exporter {
        Engine.StateDigest export() throws IOException;
    }

    /** Writes what a backup takes beside a snapshot; meanwhile no other checkpoint is gone by, and nothing given up but below it. */
    synchronized Engine.StateDigest export(Engine.Exported to, Exporter exporter) throws IOException {
        if (settled.number > 0) {
            Files.copy(settled.file, to.state());
        }
        Engine.StateDigest digest = exporter.export();
        LogTail.write(log, settled.number > 0 ? floor.revision() + 1 : 1, digest.revision(), to.log());
        return digest;
    }

    /** Why what is held here can't be given up, if that is not as it should be. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /** How many bytes the log has grown since the last checkpoint. */
    long uncovered() {
        return log.end() - Math.max(placeOfLast, log.start());
    }

    /** Makes no state any more; returns when the one that was being made is given up, for the directory may be another's then. */
    void close() {
        closed = true;
        try {
            if (!building.tryAcquire(settings.limits().closeMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("The state of a checkpoint of store {} is still being written.", settings.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException(StoreException.Code.CLOSED, "Store " + settings.name() + " is closed.");
        }
    }

    /** Something was published, or the control commits say other things: makes the states of checkpoints that are due. */
    void followSoon() {
        CheckpointChain chain = control.get().checkpointsOf(store);
        if (chain == followed || closed || !following.compareAndSet(false, true)) {
            return;
        }
        followOnceCalm(System.nanoTime() + FOLLOWED_WITHIN_NANOS, log.end());
    }

    /** What comes in goes first: a node that catches up would make states of what it passes by. */
    private void followOnceCalm(long atLast, long end) {
        try {
            settings.resources().timer().schedule(() -> {
                long now = log.end();
                if (now - end > CALM_BYTES && System.nanoTime() < atLast && !closed) {
                    followOnceCalm(atLast, now);
                } else {
                    followNow();
                }
            }, CALM_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Store {} is being closed; the state of a checkpoint is made after the next start", settings.name(), e);
            following.set(false);
        }
    }

    private void followNow() {
        try {
            settings.resources().pool().execute(() -> {
                try {
                    follow();
                } catch (IOException | RuntimeException e) {
                    if (!closed) {
                        problem = "The state of a checkpoint of store " + settings.name() + " can't be made: " + e.getMessage();
                        LOG.warn("{}", problem, e);
                    }
                } finally {
                    following.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            following.set(false);
        }
    }

    /** Makes the states of checkpoints as far as what they cover is held. */
    synchronized void follow() throws IOException {
        CheckpointChain chain = control.get().checkpointsOf(store);
        while (!closed && settled.number < chain.checkpoints().size()) {
            Checkpoint next = chain.numbered(settled.number + 1).get();
            boolean held = next.marks().entrySet().stream()
                    .allMatch(mark -> memory.chains().head(mark.getKey()).sequence() >= mark.getValue().sequence());
            if (!held) {
                return;
            }
            Path file = directory.resolve(fileName(next.number()));
            Path made = directory.resolve(next.state().hex() + ".made");
            StateFile.About about;
            if (files.exists(made)) {
                about = StateFile.about(files, made);
            } else {
                try {
                    Made built = build(next, chain, control.get());
                    about = built.about;
                    if (!built.hash.equals(next.state())) {
                        files.delete(directory.resolve(UNFINISHED));
                        differs(next, chain, "its state here is another one");
                        return;
                    }
                    made = directory.resolve(UNFINISHED);
                } catch (StateFile.LacksException e) {
                    LOG.debug("Store {} can't make the state of checkpoint {}", settings.name(), next.number(), e);
                    differs(next, chain, e.getMessage());
                    lacking = true;
                    return;
                }
            }
            files.rename(made, file);
            files.syncDirectory(directory);
            settle(next, file, about);
        }
        if (floor.revision() == 0 && settled.number > 0) {
            floor = new Floor(lowestUncovered(settled.about) - 1, chain.numbered(settled.number).get().horizon());
        }
        followed = chain;
    }

    private void differs(Checkpoint checkpoint, CheckpointChain chain, String why) {
        followed = chain;
        problem = "Store " + settings.name() + " does not agree with checkpoint " + checkpoint.number() + " of node "
                + checkpoint.by().shortId() + ": " + why + ". Nothing of its log is given up.";
        LOG.error("{}", problem);
    }

    void settle(Checkpoint checkpoint, Path file, StateFile.About about) throws IOException {
        Settled before = settled;
        settled = new Settled(checkpoint.number(), file, about);
        placeOfLast = log.end();
        problem = null;
        lacking = false;
        for (String name : files.list(directory)) {
            Path old = directory.resolve(name);
            if (!old.equals(file) && !old.equals(before.file)) {
                files.delete(old);
            }
        }
        floor = new Floor(lowestUncovered(about) - 1, checkpoint.horizon());
        LOG.info("Store {} is settled up to checkpoint {} of node {}: {} bytes of state.", settings.name(), checkpoint.number(),
                checkpoint.by().shortId(), checkpoint.bytes());
    }

    /** The lowest revision that must be kept, as the checkpoint does not cover it or its time has not come here. */
    private long lowestUncovered(StateFile.About about) throws IOException {
        AtomicReference<Long> lowest = new AtomicReference<>();
        errands.run(() -> lowest.set(memory.waiting().isEmpty() ? memory.revision() + 1 : memory.waiting().firstKey()));
        Map<Author, Long> forks = histories.forks();
        try (LogReader reader = log.readAll()) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit of && of.stage() != Stage.RELEASED
                        && !about.covers(CommitCodec.decode(of.commit())) && !isForked(CommitCodec.origin(of.commit()), forks)) {
                    return Math.min(lowest.get(), of.revision());
                }
            }
        } catch (FormatException e) {
            throw new IOException("A commit can't be read: " + e.getMessage(), e);
        }
        return lowest.get();
    }

    /** Whether a commit is of a second history, or of the first one beside it, so that no checkpoint will ever cover it. */
    private static boolean isForked(CommitCodec.Origin origin, Map<Author, Long> forks) {
        return origin.sequence() >= forks.getOrDefault(origin.author(), Long.MAX_VALUE);
    }

    /** Keys of a node's writes that came too late for a checkpoint. */
    List<String> late(NodeId node, int limit) {
        CheckpointChain chain = control.get().checkpointsOf(store);
        Set<String> keys = new LinkedHashSet<>();
        if (chain.last().isEmpty()) {
            return List.of();
        }
        try (LogReader reader = log.readAll()) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent() && keys.size() < limit;
                    record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit of && of.stage() != Stage.RELEASED) {
                    Commit commit = CommitCodec.decode(of.commit());
                    if (commit.author().node().equals(node)
                            && chain.missed(commit.author(), commit.sequence(), commit.time()).isPresent()) {
                        commit.transactions().forEach(transaction -> transaction.writes()
                                .forEach(write -> keys.add(new String(write.key(), StandardCharsets.UTF_8))));
                    }
                }
            }
        } catch (IOException | FormatException e) {
            LOG.warn("What node {} wrote too late to store {} can't be read: {}", node.shortId(), settings.name(), e.getMessage());
        }
        return keys.stream().limit(limit).toList();
    }

    private record Made(StateFile.About about, Hash hash) {
    }

    /** Makes the state of the checkpoint that follows on the one whose state is held, in a file that is not finished. */
    private Made build(Checkpoint checkpoint, CheckpointChain chain, Control by) throws IOException {
        if (!building.tryAcquire()) {
            checkOpen();
        }
        try {
            files.createDirectories(directory);
            Path unfinished = directory.resolve(UNFINISHED);
            files.delete(unfinished);
            if (settled.number == 0 && log.firstRevision() > 1) {
                throw new StateFile.LacksException("the log here does not go back to its start");
            }
            StateFile.About about = StateFile.build(files, settings.id(), settings.root(), checkpoint.number(), log, settled.file,
                    unfinished, chain.marksAt(checkpoint.number()), checkpoint.horizon(),
                    (commit, hash, transaction) -> isVoid(commit, hash, transaction, by), this::checkOpen);
            return new Made(about, StateFile.hash(files, unfinished));
        } finally {
            building.release();
        }
    }

    /**
     * Makes the next checkpoint of all that has taken effect here.
     *
     * @param grace for how long writes of nodes that are cut off still count
     * @param under the number of the root store's checkpoint to go by; 0 if this is the root store
     * @param delegation the founder's word, if this node is not the founder
     * @return the checkpoint, to be written to the root store; empty if nothing is new
     */
    synchronized Optional<Checkpoint> make(StoreId mesh, Duration grace, long under, Optional<byte[]> delegation)
            throws IOException {
        follow();
        Map<Author, Chains.Head> heads = new HashMap<>();
        AtomicReference<Control> then = new AtomicReference<>();
        errands.run(() -> {
            heads.putAll(effective());
            then.set(memory.control());
        });
        CheckpointChain before = then.get().checkpointsOf(store);
        Optional<Checkpoint> last = before.last();
        if (settled.number != before.checkpoints().size()) {
            throw new IOException("The state of checkpoint " + (settled.number + 1) + " of store " + settings.name()
                    + " is not held here" + problem().map(why -> ": " + why).orElse("; try again in a moment."));
        }
        Map<Author, Mark> marks = new HashMap<>();
        HybridTime latest = HybridTime.ZERO;
        for (Map.Entry<Author, Chains.Head> head : heads.entrySet()) {
            if (head.getValue().time().compareTo(latest) > 0) {
                latest = head.getValue().time();
            }
            if (head.getValue().sequence() > before.upTo(head.getKey()) && marks.size() < MAX_MARKS) {
                marks.put(head.getKey(), new Mark(head.getValue().sequence(), head.getValue().hash()));
            }
        }
        if (marks.isEmpty() || settings.root() && last.isPresent() && isOnlyCheckpoint(marks, last.get())) {
            return Optional.empty();
        }
        // What is on its way here from this node itself is later than all that has taken effect.
        HybridTime now = settings.clock().last();
        HybridTime graced = HybridTime.ofMillis(Math.max(0, now.millis() - grace.toMillis()));
        HybridTime horizon = graced.compareTo(latest) < 0 ? graced : latest;
        if (last.isPresent() && last.get().horizon().compareTo(horizon) > 0) {
            horizon = last.get().horizon();
        }
        Checkpoint draft = new Checkpoint(mesh, store, before.checkpoints().size() + 1L, last.map(Checkpoint::hash)
                .orElse(Hash.NONE), under, horizon, Hash.NONE, 0, marks, delegation, settings.identity().id(), new byte[64],
                Hash.NONE).signed(settings.identity());
        Control assumed = then.get().assuming(draft);
        if (assumed.checkpointsOf(store).last().filter(draft::equals).isEmpty() || !assumed.isSettledAsNow(draft)) {
            throw new IOException("Who may write in store " + settings.name() + " is changing, or a commit's time has not come; "
                    + "a checkpoint can be made once that is over.");
        }
        Made made = build(draft, assumed.checkpointsOf(store), assumed);
        Path file = directory.resolve(made.hash.hex() + ".made");
        files.rename(directory.resolve(UNFINISHED), file);
        files.syncDirectory(directory);
        return Optional.of(new Checkpoint(mesh, store, draft.number(), draft.previous(), under, horizon, made.hash,
                files.size(file), marks, delegation, settings.identity().id(), new byte[64], Hash.NONE)
                .signed(settings.identity()));
    }

    /** Of each author the last commit that has taken effect: what waits for its time comes after it, and so do second histories. */
    private Map<Author, Chains.Head> effective() throws IOException {
        Map<Author, Chains.Head> effective = new HashMap<>(histories.heads());
        Set<Author> seen = new HashSet<>();
        for (Map.Entry<Long, Memory.Waiting> waiting : memory.waiting().entrySet()) {
            Author author = waiting.getValue().author();
            Chains.Head head = effective.get(author);
            if (seen.add(author) && head != null && head.sequence() >= waiting.getValue().sequence()) {
                effective.remove(author);
                if (waiting.getValue().sequence() > 1) {
                    effective.put(author, new Chains.Head(waiting.getValue().sequence() - 1, previous(waiting.getKey()),
                            HybridTime.ZERO, 0));
                }
            }
        }
        return effective;
    }

    /** The hash that the commit at a revision follows on. */
    private Hash previous(long revision) throws IOException {
        try (LogReader reader = log.readFrom(revision)) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit of && of.revision() == revision) {
                    return CommitCodec.header(of.commit()).previous();
                }
            }
        } catch (FormatException e) {
            throw new IOException("Revision " + revision + " can't be read: " + e.getMessage(), e);
        }
        throw new IOException("Revision " + revision + " is missing from the log.");
    }

    /** Whether nothing has been written but the last checkpoint itself. */
    private boolean isOnlyCheckpoint(Map<Author, Mark> marks, Checkpoint last) {
        return marks.size() == 1 && marks.entrySet().stream().allMatch(mark -> mark.getKey().node().equals(last.by())
                && last.marks().containsKey(mark.getKey())
                && mark.getValue().sequence() == last.marks().get(mark.getKey()).sequence() + 1);
    }

    // To and from other nodes

    Optional<StateOffer> offer() {
        Settled held = settled;
        Optional<byte[]> founding = held.number == 0 ? Optional.empty() : held.about.control().stream()
                .filter(commit -> CommitCodec.hash(commit).equals(settings.id())).findFirst();
        return control.get().checkpointsOf(store).numbered(held.number)
                .map(checkpoint -> new StateOffer(founding.orElse(new byte[0]), CheckpointCodec.encode(checkpoint)));
    }

    /** The last checkpoint, if its state has to come from another node. */
    Optional<StateOffer> lacked() {
        return lacking ? control.get().checkpointsOf(store).last()
                .map(checkpoint -> new StateOffer(new byte[0], CheckpointCodec.encode(checkpoint))) : Optional.empty();
    }

    byte[] part(Hash state, long offset, int maxBytes) {
        Settled held = settled;
        boolean same = control.get().checkpointsOf(store).numbered(held.number)
                .filter(checkpoint -> checkpoint.state().equals(state)).isPresent();
        if (!same || offset < 0) {
            return new byte[0];
        }
        try (OpenFile file = files.read(held.file)) {
            ByteBuffer part = ByteBuffer.allocate((int) Math.max(0, Math.min(maxBytes, file.size() - offset)));
            file.read(part, offset);
            return Arrays.copyOf(part.array(), part.position());
        } catch (IOException e) {
            throw new StoreException(StoreException.Code.CORRUPT, "The state of checkpoint " + held.number + " of store " + settings.name() + " can't be read: "
                    + e.getMessage(), e);
        }
    }

    synchronized StateProgress accept(StateOffer offer) {
        return arrival.accept(offer);
    }

    synchronized StateProgress receive(Hash state, long offset, byte[] part) {
        return arrival.receive(state, offset, part);
    }

    /** What is held from here on is the state of another checkpoint, all of which is not in force yet. */
    void goBy(StateFile.About about, Path file) {
        settled = new Settled(about.number(), file, about);
    }

    boolean isVoid(Commit commit, Hash hash, TransactionSection transaction, Control by) {
        return by.checkpointsOf(store).missed(commit.author(), commit.sequence(), commit.time()).isPresent()
                || settings.authority().objection(new Position(store, commit.author(), commit.sequence(), hash), transaction, by)
                        .isPresent();
    }
}
