package lattice.kernel.internal.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.Damage;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.view.Cells;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.MergedCells;
import lattice.kernel.internal.view.View;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a store's log and has the view that belongs to it: the one that is there, if it was closed cleanly, or a new one, made
 * of the newest sound snapshot and the log behind it.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final EngineSettings settings;
    private final StoreFiles where;
    private final Epoch epoch;
    /** The epoch that this node writes in: a new one if the end of its log was lost, whichever attempt found that. */
    private long current;
    private final Snapshots snapshots;
    private final List<Damage> damages = new ArrayList<>();
    /** Whether there was a view: a store that is opened for the first time has none, and there is nothing to say of that. */
    private boolean wasOpen;

    Recovery(EngineSettings settings, StoreFiles where, Epoch epoch, Snapshots snapshots) {
        this.settings = settings;
        this.where = where;
        this.epoch = epoch;
        this.snapshots = snapshots;
    }

    /**
     * A store's log and state.
     *
     * @param epoch the epoch to write in
     * @param signed the last of this node's commits that is known to be signed
     * @param damages what is damaged
     */
    record Recovered(CommitLog log, State state, Memory memory, long epoch, long signed, List<Damage> damages) {
    }

    /** What the log adds up to. */
    sealed interface State {
        Cells cells();

        /** As a view. */
        record Ready(View cells) implements State {
        }

        /**
         * As what a view is still to be made of.
         *
         * @param builder makes it, and is to be closed behind that
         * @param progress how far it has come
         */
        record Unmade(MergedCells cells, StateBuilder builder, Rebuild progress) implements State {
        }
    }

    Recovered run() throws IOException {
        wasOpen = !settings.files().list(where.view()).isEmpty();
        Optional<CleanMarker> marker = CleanMarker.read(settings.files(), where.cleanMarker());
        CleanMarker.remove(settings.files(), where.cleanMarker());
        Optional<Long> kept = epoch.read();
        current = kept.isPresent() ? kept.get() : epoch.renew();
        Optional<Recovered> reused = marker.isPresent() ? reuse(marker.get()) : Optional.empty();
        return reused.isPresent() ? reused.get() : rebuild(marker.map(CleanMarker::logEnd).orElse(0L));
    }

    private Optional<Recovered> reuse(CleanMarker marker) throws IOException {
        Path file = where.view().resolve(marker.viewFile());
        if (!marker.store().equals(settings.id()) || !settings.files().exists(file)) {
            return Optional.empty();
        }
        if (settings.files().size(file) != marker.viewBytes() || !hasCrc(file, marker.viewCrc())) {
            LOG.warn("The view {} is not what it was when it was closed; it is made anew from the log.", file);
            return Optional.empty();
        }
        Unchanged unchanged = new Unchanged();
        CommitLog log = CommitLog.open(settings.files(), where.log(), settings.id(), marker.logEnd(), marker.logEnd(),
                settings.limits().segmentBytes(), unchanged);
        if (unchanged.isSo && log.id().equals(marker.logId()) && log.end() == marker.logEnd()) {
            try {
                Memory memory = Memory.fromBytes(new StoreId(settings.id().hex()), settings.root(), marker.memory());
                if (memory.revision() == marker.revision()) {
                    settings.clock().observeOwn(memory.latest());
                    View view = View.open(file);
                    long signed = memory.chains().head(new Author(settings.identity().id(), current)).sequence();
                    return Optional.of(new Recovered(log, new State.Ready(view), memory, current, signed, damages));
                }
            } catch (FormatException | DamagedViewException e) {
                LOG.warn("The view of store {} is made anew from the log: {}", settings.name(), e.getMessage());
            }
        }
        log.close();
        return Optional.empty();
    }

    private boolean hasCrc(Path view, int crc) {
        try {
            return settings.files().crc(view) == crc;
        } catch (IOException e) {
            // There is all that it takes to make another.
            LOG.warn("The view {} can't be read: {}", view, e.getMessage());
            return false;
        }
    }

    /** Finds whether a log ends where it did. */
    private static final class Unchanged implements CommitLog.Visitor {
        private boolean isSo = true;

        @Override
        public void record(long place, byte[] body) {
            isSo = false;
        }

        @Override
        public void damaged(Damage damage) {
            isSo = false;
        }

        @Override
        public boolean torn(Damage damage) {
            isSo = false;
            return false;
        }
    }

    private Recovered rebuild(long confirmed) throws IOException {
        for (Path path : snapshots.all()) {
            Optional<Snapshots.Opened> snapshot = snapshots.open(path);
            if (snapshot.isPresent()) {
                try (Snapshots.Opened opened = snapshot.get()) {
                    Recovered recovered = rebuild(confirmed, opened, path);
                    if (recovered != null) {
                        return recovered;
                    }
                } catch (DamagedViewException e) {
                    LOG.warn("Store {} can't be made from snapshot {}, an older one is tried: {}", settings.name(), path,
                            e.getMessage());
                }
                damages.clear();
            }
        }
        return rebuild(confirmed, null, null);
    }

    /**
     * @param snapshot null for none
     * @param path where the snapshot is
     * @return null if the snapshot is not one of this log
     */
    private Recovered rebuild(long confirmed, Snapshots.Opened snapshot, Path path) throws IOException {
        for (String name : settings.files().list(where.view())) {
            settings.files().delete(where.view().resolve(name));
        }
        settings.files().createDirectories(where.view());
        Memory memory;
        try {
            StoreId store = new StoreId(settings.id().hex());
            memory = snapshot == null ? new Memory(store, settings.root())
                    : Memory.fromBytes(store, settings.root(), snapshot.about().memory());
        } catch (FormatException e) {
            throw new DamagedViewException("What the snapshot says about itself can't be read: " + e.getMessage() + ".", e);
        }
        settings.clock().observeOwn(memory.latest());
        long from = snapshot == null ? 0 : snapshot.about().place();
        Rebuild rebuild = new Rebuild(settings.name(), settings.resources().rebuilds());
        StateBuilder builder = new StateBuilder(settings.files(), where.view(), rebuild);
        State state = null;
        try {
            Replay replay = new Replay(builder, rebuild, memory, current, from);
            long tail = CommitLog.bytesFrom(settings.files(), where.log(), from);
            long snapshotBytes = snapshot == null ? 0 : snapshot.cells().size();
            rebuild.plan(tail, snapshotBytes);
            CommitLog log = CommitLog.open(settings.files(), where.log(), settings.id(), from, Math.max(from, confirmed),
                    settings.limits().segmentBytes(), replay);
            try {
                if (snapshot != null && !log.id().equals(snapshot.about().logId())) {
                    log.close();
                    return null;
                }
                if (snapshot == null && log.firstRevision() > 1) {
                    throw new IOException("The log of store " + settings.name() + " starts at revision "
                            + log.firstRevision() + ", and no snapshot of what came before can be used"
                            + snapshots.objection().map(why -> " (" + why + ")").orElse("") + ": restore the node from a backup.");
                }
                replay.finish();
                replay.places.forEach(log::index);
                if (tail + snapshotBytes <= settings.limits().viewAtOnceBytes()) {
                    state = new State.Ready(builder.build(where.viewFile(0), snapshot == null ? null : snapshot.cells()));
                } else {
                    state = new State.Unmade(builder.readable(path), builder, rebuild);
                }
                if (wasOpen) {
                    LOG.info("Store {} was not closed cleanly; {} after {} ms.", settings.name(), state instanceof State.Ready
                            ? "its view was made anew" : "it is read from its snapshot and log, and its view made anew,",
                            rebuild.millis());
                }
                return new Recovered(log, state, memory, replay.epoch, replay.signed, damages);
            } catch (IOException | RuntimeException | Error e) {
                log.close();
                throw e;
            }
        } finally {
            if (!(state instanceof State.Unmade)) {
                builder.close();
            }
        }
    }

    /** Adds up a log. */
    private final class Replay implements CommitLog.Visitor {
        private final StateBuilder state;
        private final Memory memory;
        private final TreeMap<Long, Long> places = new TreeMap<>();
        private final HybridClock clock = settings.clock();
        private final Rebuild rebuild;
        private long epoch;
        private long signed;
        private long lastPlace = Long.MIN_VALUE / 2;
        private long lastRead;
        /** Whether a damaged part came before what is read now. */
        private boolean afterDamage;
        /** Whether a commit of this node's, in its epoch, came behind the last damaged part. */
        private boolean ownAfterDamage;

        Replay(StateBuilder state, Rebuild rebuild, Memory memory, long epoch, long from) {
            this.state = state;
            this.rebuild = rebuild;
            this.memory = memory;
            this.epoch = epoch;
            lastRead = from;
        }

        @Override
        public void record(long place, byte[] body) throws IOException, FormatException {
            rebuild.read(place - lastRead);
            lastRead = place;
            LogRecord record = LogRecord.decode(body);
            if (record instanceof LogRecord.OfSignature signature) {
                if (signature.author().equals(new Author(settings.identity().id(), epoch))) {
                    signed = Math.max(signed, signature.sequence());
                }
            } else if (record instanceof LogRecord.OfJudgement judgement) {
                state.add(judgement);
                memory.addJudgement(judgement.revision());
            } else if (record instanceof LogRecord.OfCommit of) {
                Commit commit = CommitCodec.decode(of.commit());
                if (place - lastPlace >= CommitLog.INDEX_EVERY) {
                    places.put(of.revision(), place);
                    lastPlace = place;
                }
                add(of, commit);
            } else {
                throw new FormatException("it stands for what was lost to damage before");
            }
        }

        private void add(LogRecord.OfCommit of, Commit commit) throws IOException {
            boolean own = commit.author().node().equals(settings.identity().id());
            if (own) {
                clock.observeOwn(commit.time());
                ownAfterDamage |= commit.author().epoch() == epoch;
            } else {
                clock.observe(commit.time());
            }
            if (of.stage() != Stage.RELEASED && !afterDamage) {
                memory.chains().objection(commit).ifPresent(objection -> LOG.warn("In the log of store {}, commit {} of node "
                        + "{}: {}", settings.name(), commit.sequence(), commit.author().node().shortId(), objection));
            }
            memory.add(of.revision(), of.stage(), commit, CommitCodec.hash(of.commit()), own, Optional.empty());
            state.add(of, commit);
        }

        void finish() {
            boolean ownLost = afterDamage
                    && (!ownAfterDamage || memory.chains().hasOrphans(new Author(settings.identity().id(), epoch)));
            if (ownLost) {
                renewEpoch();
            }
        }

        @Override
        public void damaged(Damage damage) {
            LOG.error("The log of store {} is damaged: {}", settings.name(), damage);
            damages.add(damage);
            afterDamage = true;
            ownAfterDamage = false;
        }

        @Override
        public boolean torn(Damage damage) {
            LOG.warn("Store {}: {}", settings.name(), damage);
            renewEpoch();
            return true;
        }

        private void renewEpoch() {
            try {
                current = Recovery.this.epoch.renew();
                epoch = current;
                signed = 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
