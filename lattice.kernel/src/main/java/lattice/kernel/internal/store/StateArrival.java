package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.HybridTime;
import lattice.api.store.StoreException;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.validity.Checkpoint;
import lattice.kernel.internal.validity.CheckpointCodec;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in the state of a checkpoint that comes from another node in parts, and puts it in force once it is whole and the very state
 * that was signed. Only one is on its way at a time. Used under the lock of {@link Checkpoints}.
 */
final class StateArrival {
    private static final Logger LOG = LoggerFactory.getLogger(StateArrival.class);

    private final EngineSettings settings;
    private final StoreId store;
    private final Path directory;
    private final FileLayer files;
    private final CommitLog log;
    private final Memory memory;
    private final Errands errands;
    private final Supplier<Control> control;
    private final Projection projection;
    private final StateInstaller.Changer changer;
    private final Checkpoints.Snapshooter snapshooter;
    private final Checkpoints checkpoints;
    private Incoming incoming;

    StateArrival(EngineSettings settings, StoreFiles where, CommitLog log, Memory memory, Errands errands, Supplier<Control> control,
            Projection projection, StateInstaller.Changer changer, Checkpoints.Snapshooter snapshooter, Checkpoints checkpoints) {
        this.settings = settings;
        this.store = new StoreId(settings.id().hex());
        this.directory = where.checkpoints();
        this.files = settings.files();
        this.log = log;
        this.memory = memory;
        this.errands = errands;
        this.control = control;
        this.projection = projection;
        this.changer = changer;
        this.snapshooter = snapshooter;
        this.checkpoints = checkpoints;
    }

    /** A state that is on its way here. */
    private record Incoming(Checkpoint checkpoint, byte[] founding, Path file) {
        StateProgress progress(long have) {
            return new StateProgress(checkpoint.state().bytes(), have, checkpoint.bytes());
        }
    }

    StateProgress accept(StateOffer offer) {
        try {
            Checkpoint checkpoint = CheckpointCodec.decode(offer.checkpoint());
            Optional<NodeId> founder = control.get().founder();
            if (founder.isEmpty() && settings.root() && CommitCodec.hash(offer.founding()).equals(settings.id())) {
                founder = Optional.of(CommitCodec.decode(offer.founding()).author().node());
            }
            if (!checkpoint.store().equals(store) || founder.isEmpty() || !checkpoint.isGenuine(founder.get())) {
                throw corrupt("A checkpoint of store " + settings.name() + " was offered that nobody who may has signed.", null);
            }
            Checkpoints.Settled settled = checkpoints.settled();
            boolean lacking = checkpoint.number() > settled.number() || checkpoint.number() == settled.number()
                    && settled.about().covered().entrySet().stream().anyMatch(last -> memory.chains().head(last.getKey()).sequence()
                            < last.getValue().sequence());
            incoming = new Incoming(checkpoint, offer.founding(), directory.resolve(checkpoint.state().hex() + ".incoming"));
            if (!lacking) {
                return incoming.progress(checkpoint.bytes());
            }
            files.createDirectories(directory);
            long needed = checkpoint.bytes() * 4;
            if (files.usableSpace(directory) < needed) {
                throw new IOException("it takes up to " + (needed >> 20) + " MiB, and the disk of " + directory
                        + " has less: make room");
            }
            for (String name : files.list(directory)) {
                if (name.endsWith(".incoming") && !directory.resolve(name).equals(incoming.file)) {
                    files.delete(directory.resolve(name));
                }
            }
            if (!files.exists(incoming.file)) {
                files.create(incoming.file).close();
            }
            long have = files.size(incoming.file);
            LOG.info("Store {} lacks what other nodes no longer keep: the state of checkpoint {} is fetched, {} of {} bytes are "
                    + "here.", settings.name(), checkpoint.number(), have, checkpoint.bytes());
            return incoming.progress(have >= checkpoint.bytes() ? 0 : have);
        } catch (FormatException e) {
            throw corrupt("A checkpoint of store " + settings.name() + " was offered that can't be read: " + e.getMessage(), e);
        } catch (IOException e) {
            throw notNow("A state of store " + settings.name() + " can't be taken: " + e.getMessage(), e);
        }
    }

    StateProgress receive(Hash state, long offset, byte[] part) {
        if (incoming == null || !incoming.checkpoint.state().equals(state)) {
            throw corrupt("A part of a state came that was not asked for.", null);
        }
        try {
            long have;
            try (OpenFile file = files.write(incoming.file)) {
                if (offset == 0) {
                    file.truncate(0);
                }
                have = file.size();
                if (offset == have && have + part.length <= incoming.checkpoint.bytes()) {
                    file.write(ByteBuffer.wrap(part), offset);
                    have += part.length;
                }
                if (have < incoming.checkpoint.bytes()) {
                    return incoming.progress(have);
                }
                file.sync();
            }
            if (!StateFile.hash(files, incoming.file).equals(state)) {
                files.delete(incoming.file);
                throw corrupt("The state of checkpoint " + incoming.checkpoint.number() + " of store " + settings.name()
                        + " that came is not the one that was signed; it was thrown away.", null);
            }
            install(incoming);
            return incoming.progress(have);
        } catch (IOException | FormatException e) {
            throw notNow("A state of store " + settings.name() + " could not be put in force: " + e.getMessage(), e);
        }
    }

    private void install(Incoming from) throws IOException, FormatException {
        StateFile.About about = StateFile.about(files, from.file);
        if (!about.store().equals(settings.id()) || about.number() != from.checkpoint.number()) {
            throw new IOException("it is of another store or checkpoint");
        }
        Path file = directory.resolve(Checkpoints.fileName(about.number()));
        files.rename(from.file, file);
        files.syncDirectory(directory);
        List<Commit> commits = new ArrayList<>();
        for (byte[] bytes : about.control()) {
            commits.add(CommitCodec.decode(bytes));
        }
        AtomicReference<Control> then = new AtomicReference<>();
        errands.run(() -> {
            Control now = memory.control();
            for (int i = 0; settings.root() && i < commits.size(); i++) {
                now = now.plus(store, commits.get(i), CommitCodec.hash(about.control().get(i)));
            }
            now = settings.root() ? now.plus(store, from.checkpoint) : now;
            memory.adoptForAll(now);
            checkpoints.goBy(about, file);
            then.set(now);
        });
        Optional<HybridTime> horizon = then.get().checkpointsOf(store).last().map(Checkpoint::horizon);
        StateInstaller installer = new StateInstaller(projection, about, open(about, then.get()), horizon,
                then.get().forks(store).keySet());
        try (CellFile.Reader cells = new CellFile.Reader(files, file)) {
            installer.install(cells, changer);
        }
        errands.run(() -> about.covered().forEach((author, last) -> {
            settings.clock().observe(last.time());
            memory.chains().cover(author, last);
        }));
        snapshooter.snapshot();
        checkpoints.settle(from.checkpoint, file, about);
    }

    /** What the commits add up to that are held here and not covered. */
    private TreeMap<byte[], Cell> open(StateFile.About about, Control by) throws IOException, FormatException {
        TreeMap<byte[], Cell> open = new TreeMap<>(Arrays::compareUnsigned);
        try (LogReader reader = log.readAll()) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit of && of.stage() != Stage.WAITING) {
                    Commit commit = CommitCodec.decode(of.commit());
                    Hash hash = CommitCodec.hash(of.commit());
                    if (!about.covers(commit) && !commit.needsNewerNode()) {
                        int index = 0;
                        for (TransactionSection transaction : commit.transactions()) {
                            boolean counts = !checkpoints.isVoid(commit, hash, transaction, by);
                            for (Write write : transaction.writes()) {
                                if (counts) {
                                    open.put(write.key(), ConflictRule.merge(open.get(write.key()), new Version(commit.time(),
                                            commit.author(), index), write.overwrote(), write.value(), 0).cell());
                                }
                                index++;
                            }
                        }
                    }
                }
            }
        }
        return open;
    }

    private static StoreException notNow(String message, Exception cause) {
        return new StoreException(StoreException.Code.UNAVAILABLE, message, cause);
    }

    private static StoreException corrupt(String message, Exception cause) {
        return new StoreException(StoreException.Code.CORRUPT, message, cause);
    }
}
