package lattice.kernel.internal.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import lattice.api.store.Author;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.View;
import lattice.kernel.node.Verification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what an open store has on disk small and sound: takes snapshots, drops what they hold from the log, finds damage and
 * mends it. A damaged part of the log is mended by a snapshot, which holds what the part has done to the state; the part itself
 * is then given up.
 */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final long MIN_VIEW_BYTES = 128L * 1024 * 1024;
    private static final long VIEW_SLACK = 6;
    /** So many cells are looked at while nothing moves into the view. */
    private static final int LOOK_AT_ONCE = 64 * 1024;
    private static final long UNKNOWN = -1;
    private static final long AGAIN_SECONDS = 60;
    private static final int MAX_VIEWS = 3;

    private final EngineSettings settings;
    private final StoreFiles where;
    private final CommitLog log;
    private final Memory memory;
    private final Projection projection;
    private final ViewKeeper views;
    private final Errands errands;
    private final Checkpoints checkpoints;
    private final Snapshots snapshots;
    private final Losses losses;
    private final LastVerification verified;
    private final boolean awaitsOrphans;
    private final AtomicBoolean working = new AtomicBoolean();
    private final Object verifying = new Object();
    private volatile Supplier<Floor> floor;
    private volatile long snapshotPlace;
    private volatile long snapshotBytes;
    /** The log before this place is older than it need be kept, though the file that was closed there says otherwise since. */
    private volatile long oldUpTo;
    private volatile String failure;
    private volatile boolean againSoon;
    /** How many deletions the last snapshot holds. */
    private long newDeletions = UNKNOWN;
    private volatile boolean closed;

    Upkeep(EngineSettings settings, StoreFiles where, Recovery.Recovered recovered, ViewKeeper views, Author self,
            Errands errands, Checkpoints checkpoints) throws IOException {
        this.settings = settings;
        this.where = where;
        this.log = recovered.log();
        this.memory = recovered.memory();
        this.views = views;
        this.projection = views.projection();
        this.errands = errands;
        this.checkpoints = checkpoints;
        snapshots = where.snapshotsOf(settings);
        floor = () -> Floor.ofOneNode(self, memory.chains().heads().keySet());
        losses = new Losses(settings.files(), where.losses());
        losses.add(recovered.damages());
        verified = new LastVerification(settings.files(), settings.name(), where);
        awaitsOrphans = memory.chains().hasOrphans();
        log.reserve(settings.limits().reserveBytes());
        startFromSnapshot();
    }

    /** Sets how far commits may be given up. */
    void setFloor(Supplier<Floor> whose) {
        floor = whose;
    }

    private void startFromSnapshot() throws IOException {
        for (Path path : snapshots.all()) {
            try (Snapshots.Opened snapshot = snapshots.open(path).orElse(null)) {
                if (snapshot != null && snapshot.about().logId().equals(log.id())) {
                    snapshotPlace = snapshot.about().place();
                    snapshotBytes = snapshot.cells().size();
                    return;
                }
            }
        }
    }

    /** Begins to mend what was found damaged at the start, and what readers will find. */
    void start() {
        log.onDamage(damage -> {
            LOG.error("The log of store {} is damaged: {}", settings.name(), damage);
            work(this::snapshot);
        });
        if (log.isDamaged()) {
            work(this::snapshot);
        }
    }

    void close() {
        closed = true;
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    /** Does something in the background, unless that is at work already. */
    private void work(Work<?> work) {
        if (closed || !working.compareAndSet(false, true)) {
            return;
        }
        boolean begun = false;
        try {
            settings.resources().pool().execute(() -> {
                try {
                    work.run();
                } catch (IOException | RuntimeException | Error e) {
                    if (!closed) {
                        LOG.warn("Store {} could not be looked after: {}", settings.name(), e.getMessage(), e);
                    }
                    // Not at once again: whatever is wrong is likely to stay so for a while.
                    snapshotPlace = log.end();
                } finally {
                    working.set(false);
                }
            });
            begun = true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The node is stopping, or the system has no thread left for it.
            LOG.debug("Store {} can't be looked after now", settings.name(), e);
        } finally {
            if (!begun) {
                working.set(false);
            }
        }
    }

    /** Something was published: takes a snapshot if to read the log again that has grown since the last would take long. */
    void published() {
        long grown = log.end() - snapshotPlace;
        if (grown > Math.max(settings.limits().snapshotEveryBytes(), snapshotBytes / 2)) {
            work(this::snapshot);
        }
        if (awaitsOrphans && !memory.chains().hasOrphans() && !losses.places().isEmpty()) {
            work(() -> {
                losses.clear();
                LOG.info("Other nodes have brought back what store {} had lost to damage.", settings.name());
                return null;
            });
        }
    }

    /** What was lost or is damaged, and what to do, if anything is. */
    Optional<String> problem() {
        List<String> lost = losses.places();
        if (!lost.isEmpty()) {
            return Optional.of("The log of store " + settings.name() + " was damaged in " + places(lost.size()) + ", the first: "
                    + lost.get(0) + ". What is sound is served; what stood there comes back "
                    + (settings.isReplicated() ? "from other nodes that have it, or " : "") + "by restoring a backup."
                    + " `lattice:verify --accept-loss " + settings.name() + "` goes on without.");
        }
        List<Verification.DamagedPlace> left = verified.get().stream().flatMap(last -> last.damages().stream())
                .filter(place -> !place.repaired()).toList();
        if (!left.isEmpty()) {
            return Optional.of("Store " + settings.name() + " is damaged in " + places(left.size()) + ", the first: "
                    + left.get(0).file() + " at byte " + left.get(0).offset() + ". " + left.get(0).what());
        }
        String failed = failure;
        return failed == null ? growth() : Optional.of(failed);
    }

    /** Why the log takes much more of the disk than it need, if it does: twice what one compaction leaves and the next finds. */
    private Optional<String> growth() {
        EngineSettings.Limits limits = settings.limits();
        long usual = limits.keptLogBytes() + limits.segmentBytes()
                + 2 * Math.max(limits.snapshotEveryBytes(), snapshotBytes / 2);
        if (log.bytes() <= 2 * usual) {
            return Optional.empty();
        }
        String held = "The log of store " + settings.name() + " takes " + (log.bytes() >> 20) + " MiB and grows, though "
                + (limits.keptLogBytes() >> 20) + " MiB are to be kept: ";
        return Optional.of(held + (log.segmentsBelow(log.end(), floor.get().revision()).isEmpty()
                ? "nothing more of it may go before the next checkpoint of its mesh. `lattice:checkpoint` shows who makes them."
                : "no snapshot has let it be cut yet. If this goes on, see `lattice:log` for why."));
    }

    /** Of the newest snapshot; 0 if there is none. */
    long snapshotBytes() {
        return snapshotBytes;
    }

    private static String places(int count) {
        return count + (count == 1 ? " place" : " places");
    }

    List<String> losses() {
        return losses.places();
    }

    boolean acceptLosses() throws IOException {
        boolean any = !losses.places().isEmpty();
        losses.clear();
        return any;
    }

    Optional<Verification> lastVerification() {
        return verified.get();
    }

    // Snapshots

    synchronized long snapshot() throws IOException {
        try {
            long revision = whenSound(this::takeSnapshot);
            failure = null;
            return revision;
        } catch (IOException | StoreException e) {
            failure = "No snapshot of store " + settings.name() + " could be taken, so its log grows: " + e.getMessage();
            againSoon();
            throw e;
        }
    }

    /** The log need not grow for the next attempt: what was in the way, such as a full disk, may be gone before. */
    private void againSoon() {
        if (againSoon || closed) {
            return;
        }
        againSoon = true;
        try {
            settings.resources().timer().schedule(() -> {
                againSoon = false;
                if (failure != null) {
                    work(this::snapshot);
                }
            }, AGAIN_SECONDS, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The node is stopping", e);
        }
    }

    private long takeSnapshot() throws IOException {
        long needed = projection.viewBytes() + settings.limits().reserveBytes();
        if (settings.files().usableSpace(where.directory()) < needed) {
            throw new IOException("it may need " + (needed >> 20) + " MiB, and the disk of " + where.directory()
                    + " has less: make room");
        }
        Snapshots.About about = capture();
        Snapshots.Written written = paused(view -> snapshots.write(about, view));
        snapshotBytes = written.bytes();
        snapshotPlace = about.place();
        long oldDeletions = newDeletions;
        newDeletions = written.deletions();
        fillDamaged(about);
        compact(oldDeletions);
        return about.revision();
    }

    Engine.StateDigest export(Path file) throws IOException {
        return whenSound(() -> {
            Snapshots.About about = capture();
            return paused(view -> {
                settings.files().delete(file);
                Snapshots.write(settings.files(), file, about, view);
                Digest digest = new Digest().addAll(view, Prefix.ALL);
                return new Engine.StateDigest(projection.applied(), digest.count(), digest.finish());
            });
        });
    }

    /** Does something that reads all of the view; if that turns out to be no good, again when it was made anew. */
    private <T> T whenSound(Work<T> work) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.run();
            } catch (DamagedViewException e) {
                LOG.debug("The view of store {} is read again when it was made anew", settings.name(), e);
                if (closed || attempt == MAX_VIEWS
                        || !projection.awaitSound(settings.limits().catchUpMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException(e.getMessage(), e);
                }
            }
        }
    }

    private interface Reading<T> {
        T read(View view) throws IOException;
    }

    private <T> T paused(Reading<T> reading) throws IOException {
        try {
            return projection.whilePaused(view -> {
                try {
                    return reading.read(view);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** What the writer tells of itself between two groups of writes. */
    private record Moment(long revision, long place, Memory.Captured memory) {
    }

    private Snapshots.About capture() throws IOException {
        AtomicReference<Moment> captured = new AtomicReference<>();
        errands.run(() -> captured.set(new Moment(memory.revision(), log.end(), memory.capture())));
        if (!projection.awaitApplied(settings.limits().catchUpMillis(), TimeUnit.MILLISECONDS)) {
            if (projection.isDamaged()) {
                throw new DamagedViewException("The view of store " + settings.name() + " is being made anew.", null);
            }
            throw new IOException("The view of store " + settings.name() + " did not catch up with its log in time; try again.");
        }
        Moment moment = captured.get();
        return new Snapshots.About(settings.id(), log.id(), moment.revision, moment.place, moment.memory.toBytes());
    }

    // Compaction

    /** Drops what has grown too old, or too much, without waiting for the log to grow to the next snapshots. */
    void compactIfDue() throws IOException {
        if (floor.get().revision() > 0 && log.isTailOlderThan(oldest())) {
            errands.run(() -> oldUpTo = log.roll(memory.revision() + 1));
        }
        // Only what two snapshots hold may go.
        for (int taken = 0; taken < 2 && isDue(); taken++) {
            snapshot();
        }
    }

    private boolean isDue() throws IOException {
        return !log.segmentsBelow(retention(), floor.get().revision()).isEmpty();
    }

    private long oldest() {
        return System.currentTimeMillis() - settings.limits().keptLogMillis();
    }

    private long retention() throws IOException {
        return Math.max(oldUpTo, log.retention(settings.limits().keptLogBytes(), oldest()));
    }

    /**
     * Drops what snapshots hold and nobody need be given any more: old segments of the log and, with them, deletions. Control
     * commits are kept for good, in the state of the last checkpoint: they are what validity follows from.
     *
     * @param deletions how many deletions the snapshot before the last holds: none that it lacks may go
     */
    private void compact(long deletions) throws IOException {
        Floor lowest = floor.get();
        List<Path> taken = snapshots.all();
        if (lowest.revision() == 0 || taken.size() < 2 || log.isDamaged()) {
            return;
        }
        Snapshots.About older;
        try (Snapshots.Opened snapshot = snapshots.open(taken.get(1)).orElse(null)) {
            if (snapshot == null || !snapshot.about().logId().equals(log.id())) {
                return;
            }
            older = snapshot.about();
        }
        List<Long> dropped = log.segmentsBelow(Math.min(older.place(), retention()), lowest.revision());
        if (!dropped.isEmpty()) {
            errands.run(() -> log.drop(dropped));
            LOG.info("Dropped {} segments from the log of store {}; it goes back to revision {}.", dropped.size(),
                    settings.name(), log.firstRevision());
        }
        if (deletions != 0) {
            forgetDeletions(new Floor(Math.min(older.revision(), lowest.revision()), lowest.horizon()));
        }
        if (projection.viewBytes() > MIN_VIEW_BYTES + VIEW_SLACK * snapshotBytes) {
            errands.run(views::renew);
        }
    }

    /** Takes deletions out of the view that all snapshots, and so all that a restart reads, hold. */
    private void forgetDeletions(Floor upTo) throws IOException {
        byte[] from = new byte[0];
        while (from != null) {
            byte[] start = from;
            from = paused(view -> forgetDeletions(view, start, upTo));
        }
    }

    /**
     * Looks at some of the view, so that neither a list of all must fit into memory nor what moves into it wait for long.
     *
     * @return the key to go on behind, null at the end
     */
    private static byte[] forgetDeletions(View view, byte[] from, Floor upTo) throws IOException {
        List<byte[]> gone = new ArrayList<>();
        byte[] last = from;
        Iterator<Map.Entry<byte[], byte[]>> cells = view.range(from, false, null);
        for (int seen = 0; seen < LOOK_AT_ONCE && cells.hasNext(); seen++) {
            Map.Entry<byte[], byte[]> entry = cells.next();
            last = entry.getKey();
            Cell cell = view.decode(entry.getKey(), entry.getValue());
            if (cell.isDeletion() && cell.touched() <= upTo.revision()
                    && cell.version().time().compareTo(upTo.horizon()) <= 0) {
                gone.add(entry.getKey());
            }
        }
        boolean more = cells.hasNext();
        view.forget(gone);
        return more ? last : null;
    }

    // Damage

    /** Reads everything and mends what it can; one at a time. */
    Verification verify(long bytesPerSecond) throws IOException {
        synchronized (verifying) {
            View view = projection.awaitView(settings.limits().catchUpMillis(), TimeUnit.MILLISECONDS).orElseThrow(
                    () -> new IOException("The view of store " + settings.name() + " is being made anew; try again when it is there."));
            Verification found = new Verifier(bytesPerSecond, e -> projection.reportDamage(view, e))
                    .run(settings.name(), log, snapshots, checkpoints, view);
            Verification mended = found.damages().isEmpty() ? found : mend(found);
            verified.set(mended);
            return mended;
        }
    }

    private Verification mend(Verification found) {
        if (found.damages().stream().allMatch(Verification.DamagedPlace::repaired)) {
            return found;
        }
        boolean mended = false;
        Set<Path> remade = new HashSet<>();
        try {
            for (Verification.DamagedPlace place : found.damages()) {
                if (where.snapshots().equals(place.file().getParent())) {
                    snapshots.discard(place.file());
                } else if (isState(place) && checkpoints.remake(place.file())) {
                    remade.add(place.file());
                }
            }
            snapshot();
            mended = !log.isDamaged();
        } catch (IOException | StoreException | DamagedViewException e) {
            LOG.warn("Store {} could not be mended: {}", settings.name(), e.getMessage(), e);
        }
        List<Verification.DamagedPlace> places = new ArrayList<>();
        for (Verification.DamagedPlace place : found.damages()) {
            places.add(new Verification.DamagedPlace(place.file(), place.offset(), place.bytes(), place.what(),
                    place.repaired() || (isState(place) ? remade.contains(place.file()) : mended)));
        }
        return new Verification(found.store(), found.at(), found.records(), found.values(), found.bytes(), places);
    }

    private boolean isState(Verification.DamagedPlace place) {
        return where.checkpoints().equals(place.file().getParent());
    }

    /** Gives up the damaged parts of the log, if a snapshot that was just taken can be read and so holds what they did. */
    private void fillDamaged(Snapshots.About about) throws IOException {
        if (!log.isDamaged()) {
            return;
        }
        try (Snapshots.Opened snapshot = snapshots.open(snapshots.all().get(0)).orElse(null)) {
            if (snapshot == null || !snapshot.about().equals(about)) {
                throw new IOException("the snapshot that was to mend the log is damaged too");
            }
            while (snapshot.cells().hasNext()) {
                snapshot.cells().next();
            }
        } catch (DamagedViewException e) {
            throw new IOException("the snapshot that was to mend the log is damaged too: " + e.getMessage(), e);
        }
        for (Map.Entry<Long, Long> part : log.damagedParts().entrySet()) {
            if (part.getValue() <= about.place()) {
                errands.run(() -> log.fill(part.getKey(), part.getValue()));
                LOG.info("The log of store {} is sound again: the damaged part of {} bytes at {} was given up, and what it did"
                        + " to the state stands in a snapshot as far as it was known.", settings.name(),
                        part.getValue() - part.getKey(), part.getKey());
            }
        }
    }
}
