package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellRuns;
import lattice.kernel.internal.view.ConflictRule;
import lattice.kernel.internal.view.MergedCells;
import lattice.kernel.internal.view.View;

/** Adds up a log, or what of it comes behind a snapshot, to a view, in bounded memory and with all writing in order. */
final class StateBuilder implements AutoCloseable {
    /** Less than any version of a commit. */
    private static final Version NEVER =
            new Version(HybridTime.ZERO, new Author(new NodeId("00".repeat(32)), 0), 0);

    private final CellRuns runs;
    private final Rebuild rebuild;

    /**
     * @param directory for files on the way
     * @param rebuild told how it goes on
     */
    StateBuilder(FileLayer files, Path directory, Rebuild rebuild) {
        runs = new CellRuns(files, directory, true);
        this.rebuild = rebuild;
    }

    void add(LogRecord.OfCommit of, Commit commit) throws IOException {
        if (of.stage() == Stage.WAITING) {
            return;
        }
        int index = 0;
        for (TransactionSection transaction : commit.transactions()) {
            for (Write write : transaction.writes()) {
                boolean isVoid = index < of.links().length && of.links()[index].outcome() == Outcome.VOID;
                Cell current = runs.get(write.key());
                if (!isVoid) {
                    runs.put(write.key(), ConflictRule.merge(current, new Version(commit.time(), commit.author(), index),
                            write.overwrote(), write.value(), of.revision()).cell());
                } else if (current != null) {
                    runs.put(write.key(), current.touchedBy(of.revision(), current.concurrent()));
                } else {
                    // What is in force may stand in the snapshot; this adds only that the key was touched once more.
                    runs.put(write.key(), new Cell(NEVER, null, false, of.revision(), of.revision(), null));
                }
                index++;
            }
        }
    }

    void add(LogRecord.OfJudgement judgement) throws IOException, FormatException {
        for (LogRecord.Judged change : judgement.changes()) {
            runs.put(change.key(), Cell.decode(change.key(), change.cell()));
        }
    }

    /** Adds what a log holds from a place on. */
    void addAll(CommitLog log, long place) throws IOException {
        try (LogReader reader = log.readAt(place)) {
            long before = place;
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                rebuild.read(reader.place() - before);
                before = reader.place();
                if (record.get() instanceof LogRecord.OfCommit of) {
                    add(of, CommitCodec.decode(of.commit()));
                } else if (record.get() instanceof LogRecord.OfJudgement judgement) {
                    add(judgement);
                }
            }
        } catch (FormatException e) {
            throw new IOException("The log can't be read: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a view of what was added.
     *
     * @param snapshot what it is added to; null for nothing
     */
    View build(Path file, Iterator<? extends Map.Entry<byte[], byte[]>> snapshot) throws IOException {
        return make(file, runs.merged(snapshot));
    }

    /**
     * What was added, to be read at once, while a view may be made of it.
     *
     * @param snapshot what it is added to; null for nothing
     */
    MergedCells readable(Path snapshot) {
        return runs.readable(snapshot);
    }

    /** Makes a view of what {@link #readable} gave. */
    View build(Path file, MergedCells cells) throws IOException {
        return make(file, cells.range(new byte[0], true, null));
    }

    /** One thread reads and merges, this one writes. */
    private View make(Path file, Iterator<Map.Entry<byte[], byte[]>> merged) throws IOException {
        try (Ahead<Map.Entry<byte[], byte[]>> ahead = new Ahead<>("lattice-rebuild", merged,
                cell -> cell.getKey().length + cell.getValue().length)) {
            return View.create(file, rebuild.counting(ahead));
        }
    }

    @Override
    public void close() throws IOException {
        runs.close();
    }
}
