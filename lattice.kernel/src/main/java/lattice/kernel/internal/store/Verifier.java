package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
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

/** Reads all that a store keeps on disk. For one run. */
final class Verifier {
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

    Verification run(String name, CommitLog log, Snapshots snapshots, View view, String viewFile) throws IOException {
        readLog(log);
        for (Path snapshot : snapshots.all()) {
            readSnapshot(snapshots, snapshot);
        }
        readView(view, viewFile);
        return new Verification(name, Instant.now(), records, values, bytes, damages);
    }

    private void readLog(CommitLog log) throws IOException {
        try (LogReader reader = log.readAt(log.start())) {
            while (true) {
                long before = reader.place();
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
                }
                read(reader.place() - before);
            }
        }
    }

    private void readSnapshot(Snapshots snapshots, Path path) throws IOException {
        Optional<Snapshots.Opened> opened = snapshots.open(path);
        if (opened.isEmpty()) {
            damages.add(new Verification.DamagedPlace(path, 0, 0, "The snapshot can't be read.", false));
            return;
        }
        long before = 0;
        try (Snapshots.Opened snapshot = opened.get()) {
            CellFile.Reader cells = snapshot.cells();
            try {
                while (cells.hasNext()) {
                    CellFile.Encoded cell = cells.next();
                    Cell.decode(cell.key(), cell.cell());
                    values++;
                    read(cells.place() - before);
                    before = cells.place();
                }
            } catch (DamagedViewException | FormatException e) {
                damages.add(new Verification.DamagedPlace(path, before, cells.size() - before,
                        "The snapshot is damaged: " + e.getMessage(), false));
            }
        }
    }

    private void readView(View view, String file) {
        try {
            for (Iterator<Map.Entry<byte[], byte[]>> cells = view.range(new byte[0], true, null); cells.hasNext();) {
                Map.Entry<byte[], byte[]> cell = cells.next();
                view.decode(cell.getKey(), cell.getValue());
                values++;
                read(cell.getKey().length + cell.getValue().length);
            }
        } catch (DamagedViewException e) {
            damages.add(new Verification.DamagedPlace(Path.of(file), 0, 0,
                    "The view is damaged and is made anew: " + e.getMessage(), true));
            onDamagedView.accept(e);
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
