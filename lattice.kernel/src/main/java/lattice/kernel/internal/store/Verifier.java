package lattice.kernel.internal.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.Damage;
import lattice.kernel.internal.log.DamagedLogException;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.View;
import lattice.kernel.node.Verification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads all that a store keeps on disk. For one run. */
final class Verifier {
    private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);

    private final long bytesPerSecond;
    private final Consumer<DamagedViewException> onDamagedView;
    private final long started = System.nanoTime();
    private final List<Verification.DamagedPlace> damages = new ArrayList<>();
    private long records;
    private long values;
    private long bytes;

    /**
     * @param bytesPerSecond how fast to read at most, so that a scrub is in nobody's way
     * @param onDamagedView told if the view is no good
     */
    Verifier(long bytesPerSecond, Consumer<DamagedViewException> onDamagedView) {
        this.bytesPerSecond = bytesPerSecond;
        this.onDamagedView = onDamagedView;
    }

    Verification run(String name, CommitLog log, Snapshots snapshots, Checkpoints checkpoints, View view)
            throws IOException {
        readLog(log);
        for (Path snapshot : snapshots.all()) {
            readSnapshot(snapshots, snapshot);
        }
        for (Path state : checkpoints.held()) {
            readState(checkpoints, state);
        }
        readView(snapshots, view);
        if (Thread.currentThread().isInterrupted()) {
            // What an interrupted thread can't read is not damaged.
            throw new InterruptedIOException("The reading of store " + name + " was interrupted.");
        }
        return new Verification(name, Instant.now(), records, values, bytes, damages);
    }

    private void readLog(CommitLog log) throws IOException {
        try (LogReader reader = log.readAll()) {
            while (true) {
                long before = reader.place();
                long skipped = reader.skipped();
                try {
                    Optional<LogRecord> record = reader.next();
                    if (record.isEmpty()) {
                        return;
                    }
                    if (record.get() instanceof LogRecord.OfCommit commit) {
                        CommitCodec.decode(commit.commit());
                    }
                    records++;
                } catch (DamagedLogException e) {
                    add(e.damage());
                } catch (FormatException e) {
                    add(reader.damageAt(before, "A commit can't be read: " + e.getMessage() + "."));
                } catch (ClosedChannelException e) {
                    throw e;
                } catch (IOException e) {
                    add(reader.giveUpSegment("The rest of the segment can't be read: " + e.getMessage() + "."));
                }
                read(reader.place() - before - (reader.skipped() - skipped));
            }
        }
    }

    private void readSnapshot(Snapshots snapshots, Path path) throws IOException {
        Optional<Snapshots.Opened> opened = snapshots.open(path);
        // Others may have taken its place.
        if (opened.isEmpty() && snapshots.all().contains(path)) {
            damages.add(new Verification.DamagedPlace(path, 0, 0, "The snapshot can't be read.", false));
        }
        if (opened.isPresent()) {
            try (Snapshots.Opened snapshot = opened.get()) {
                readCells(snapshot.cells(), path, "The snapshot");
            }
        }
    }

    private void readState(Checkpoints checkpoints, Path path) throws IOException {
        try (CellFile.Reader cells = checkpoints.read(path)) {
            readCells(cells, path, "The state of a checkpoint");
        } catch (IOException | DamagedViewException e) {
            // The next checkpoint's may have taken its place.
            if (checkpoints.held().contains(path)) {
                damages.add(new Verification.DamagedPlace(path, 0, 0, "The state of a checkpoint can't be read: " + e.getMessage(),
                        false));
            }
        }
    }

    private void readCells(CellFile.Reader cells, Path path, String what) {
        long before = 0;
        try {
            while (cells.hasNext()) {
                CellFile.Encoded cell = cells.next();
                Cell.decode(cell.key(), cell.cell());
                values++;
                read(cells.place() - before);
                before = cells.place();
            }
        } catch (DamagedViewException | FormatException e) {
            damages.add(new Verification.DamagedPlace(path, before, cells.size() - before, what + " is damaged: " + e.getMessage(),
                    false));
        }
    }

    private void readView(Snapshots snapshots, View view) throws IOException {
        List<Path> before = snapshots.all();
        Optional<Snapshots.Opened> newest = before.isEmpty() ? Optional.empty() : snapshots.open(before.get(0));
        try (Snapshots.Opened snapshot = newest.orElse(null)) {
            boolean missing = readView(view, snapshot == null ? Collections.emptyIterator() : snapshot.cells());
            // Meanwhile another snapshot may have been taken, and what was deleted since this one been forgotten.
            if (missing && snapshots.all().equals(before)) {
                throw new DamagedViewException("A key that it holds, or that the newest snapshot holds, is not found.", null);
            }
        } catch (DamagedViewException e) {
            damages.add(new Verification.DamagedPlace(view.file(), 0, 0,
                    "The view is damaged and is made anew: " + e.getMessage(), true));
            onDamagedView.accept(e);
        }
    }

    /** @return whether a key with a value, here or in a snapshot, is not found: each must still be there, if only as a deletion */
    private boolean readView(View view, Iterator<CellFile.Encoded> snapshot) {
        boolean missing = false;
        byte[] last = null;
        CellFile.Encoded expected = next(snapshot);
        for (Iterator<Map.Entry<byte[], byte[]>> cells = view.range(new byte[0], true, null); cells.hasNext();) {
            Map.Entry<byte[], byte[]> cell = cells.next();
            byte[] key = cell.getKey();
            boolean deletion = view.decode(key, cell.getValue()).isDeletion();
            if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
                throw new DamagedViewException("Its keys are not in order.", null);
            }
            // The way to it from the root is another than along the leaves, and may be damaged though they are sound.
            missing |= !deletion && view.get(key).isEmpty();
            last = key;
            while (expected != null && Arrays.compareUnsigned(expected.key(), key) < 0) {
                missing = true;
                expected = next(snapshot);
            }
            if (expected != null && Arrays.equals(expected.key(), key)) {
                expected = next(snapshot);
            }
            values++;
            read(key.length + cell.getValue().length);
        }
        return missing || expected != null;
    }

    /** The next of a snapshot's cells that has a value. A snapshot that is damaged was reported already. */
    private static CellFile.Encoded next(Iterator<CellFile.Encoded> snapshot) {
        try {
            while (snapshot.hasNext()) {
                CellFile.Encoded cell = snapshot.next();
                if (!Cell.decode(cell.key(), cell.cell()).isDeletion()) {
                    return cell;
                }
            }
            return null;
        } catch (DamagedViewException | FormatException e) {
            LOG.debug("The view can't be compared with all of a snapshot", e);
            return null;
        }
    }

    private void add(Damage damage) {
        damages.add(new Verification.DamagedPlace(damage.file(), damage.offset(), damage.bytes(), damage.what(),
                false));
    }

    private void read(long more) {
        bytes += more;
        long ahead = (long) (1e9 * bytes / bytesPerSecond) - (System.nanoTime() - started);
        if (ahead > 1_000_000) {
            LockSupport.parkNanos(ahead);
        }
    }
}
