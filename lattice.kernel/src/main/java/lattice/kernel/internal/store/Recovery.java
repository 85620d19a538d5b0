package lattice.kernel.internal.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.store.Author;
import lattice.api.store.Version;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.Damage;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.View;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a store's log and has the view that belongs to it: the one that is there, if it was closed cleanly, or a new one. */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final int UNSAVED_CELLS = 32 * 1024;

    private final EngineSettings settings;
    private final StoreFiles where;
    private final Epoch epoch;
    private final List<Damage> damages = new ArrayList<>();

    Recovery(EngineSettings settings, StoreFiles where, Epoch epoch) {
        this.settings = settings;
        this.where = where;
        this.epoch = epoch;
    }

    /**
     * A store's log and state.
     *
     * @param epoch the epoch to write in
     * @param signed the last of this node's commits that is known to be signed
     * @param damages what is damaged
     */
    record Recovered(CommitLog log, View view, Memory memory, long epoch, long signed, List<Damage> damages) {
    }

    Recovered run() throws IOException {
        Optional<CleanMarker> marker = CleanMarker.read(settings.files(), where.cleanMarker());
        CleanMarker.remove(settings.files(), where.cleanMarker());
        long current = epoch.read().isPresent() ? epoch.read().get() : epoch.renew();
        Optional<Recovered> reused = marker.isPresent() ? reuse(marker.get(), current) : Optional.empty();
        return reused.isPresent() ? reused.get() : rebuild(current, marker.map(CleanMarker::logEnd).orElse(0L));
    }

    private Optional<Recovered> reuse(CleanMarker marker, long current) throws IOException {
        if (!marker.store().equals(settings.id()) || !settings.files().exists(where.viewFile())) {
            return Optional.empty();
        }
        Unchanged unchanged = new Unchanged();
        CommitLog log = CommitLog.open(settings.files(), where.log(), settings.id(), marker.logEnd(), marker.logEnd(),
                settings.limits().segmentBytes(), unchanged);
        if (unchanged.isSo && log.id().equals(marker.logId()) && log.end() == marker.logEnd()) {
            try {
                Memory memory = Memory.fromBytes(marker.memory());
                if (memory.revision() == marker.revision()) {
                    settings.clock().observeOwn(memory.latest());
                    View view = View.open(where.viewFile());
                    long signed = memory.chains().head(new Author(settings.identity().id(), current)).sequence();
                    return Optional.of(new Recovered(log, view, memory, current, signed, damages));
                }
            } catch (FormatException | DamagedViewException e) {
                LOG.warn("The view of store {} is made anew from the log: {}", settings.name(), e.getMessage());
            }
        }
        log.close();
        return Optional.empty();
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
        public void torn(Damage damage) {
            isSo = false;
        }
    }

    private Recovered rebuild(long current, long confirmed) throws IOException {
        for (String name : settings.files().list(where.view())) {
            settings.files().delete(where.view().resolve(name));
        }
        settings.files().createDirectories(where.view());
        Replay replay = new Replay(View.create(where.viewFile()), new Memory(), current);
        try {
            CommitLog log = CommitLog.open(settings.files(), where.log(), settings.id(), 0, confirmed,
                    settings.limits().segmentBytes(), replay);
            replay.finish();
            replay.places.forEach(log::index);
            return new Recovered(log, replay.view, replay.memory, replay.epoch, replay.signed, damages);
        } catch (IOException | RuntimeException e) {
            replay.view.abandon();
            throw e;
        }
    }

    /** Adds up a log. */
    private final class Replay implements CommitLog.Visitor {
        private final View view;
        private final Memory memory;
        private final TreeMap<byte[], Cell> unsaved = new TreeMap<>(Arrays::compareUnsigned);
        private final TreeMap<Long, Long> places = new TreeMap<>();
        private final HybridClock clock = settings.clock();
        private long epoch;
        private long signed;
        private long lastPlace = Long.MIN_VALUE / 2;
        private boolean ownLost;
        private boolean afterDamage;

        Replay(View view, Memory memory, long epoch) {
            this.view = view;
            this.memory = memory;
            this.epoch = epoch;
        }

        @Override
        public void record(long place, byte[] body) throws IOException {
            try {
                LogRecord record = LogRecord.decode(body);
                if (record instanceof LogRecord.OfSignature signature) {
                    if (signature.author().equals(new Author(settings.identity().id(), epoch))) {
                        signed = Math.max(signed, signature.sequence());
                    }
                } else {
                    LogRecord.OfCommit of = (LogRecord.OfCommit) record;
                    if (place - lastPlace >= 128 * 1024) {
                        places.put(of.revision(), place);
                        lastPlace = place;
                    }
                    add(of, CommitCodec.decode(of.commit()));
                }
            } catch (FormatException e) {
                damaged(new Damage(where.log(), place, body.length, "A record can't be read: " + e.getMessage() + "."));
            }
        }

        private void add(LogRecord.OfCommit of, Commit commit) {
            boolean own = commit.author().node().equals(settings.identity().id());
            if (own) {
                clock.observeOwn(commit.time());
                ownLost = ownLost && commit.author().epoch() != epoch;
            } else {
                clock.observe(commit.time());
            }
            if (of.stage() != Stage.RELEASED && !afterDamage) {
                memory.chains().objection(commit).ifPresent(objection -> LOG.warn("In the log of store {}, commit {} of node "
                        + "{}: {}", settings.name(), commit.sequence(), commit.author().node().shortId(), objection));
            }
            memory.add(of.revision(), of.stage(), commit, Hash.of(of.commit()), own);
            if (of.stage() == Stage.WAITING) {
                return;
            }
            int index = 0;
            for (TransactionSection transaction : commit.transactions()) {
                for (Write write : transaction.writes()) {
                    Cell current = current(write.key());
                    if (index < of.links().length && of.links()[index].outcome() == Outcome.VOID) {
                        if (current != null) {
                            unsaved.put(write.key(), current.touchedBy(of.revision(), current.concurrent()));
                        }
                    } else {
                        unsaved.put(write.key(), ConflictRule.merge(current,
                                new Version(commit.time(), commit.author(), index), write.overwrote(), write.value(),
                                of.revision()).cell());
                    }
                    index++;
                }
            }
            if (unsaved.size() >= UNSAVED_CELLS) {
                finish();
            }
        }

        private Cell current(byte[] key) {
            Cell cell = unsaved.get(key);
            return cell == null ? view.get(key).orElse(null) : cell;
        }

        void finish() {
            unsaved.forEach(view::put);
            unsaved.clear();
            if (ownLost) {
                renewEpoch();
            }
        }

        @Override
        public void damaged(Damage damage) {
            LOG.error("The log of store {} is damaged: {}", settings.name(), damage);
            damages.add(damage);
            afterDamage = true;
            ownLost = true;
        }

        @Override
        public void torn(Damage damage) {
            LOG.warn("Store {}: {}", settings.name(), damage);
            ownLost = true;
            renewEpoch();
        }

        private void renewEpoch() {
            try {
                epoch = Recovery.this.epoch.renew();
                ownLost = false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
