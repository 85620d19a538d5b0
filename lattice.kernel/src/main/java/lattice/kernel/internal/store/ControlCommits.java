package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.store.Key;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.view.CellFile;

/**
 * The control commits of the part of a root store's log that was dropped: a {@link CellFile} of revision (8 bytes,
 * big-endian) to commit. They are few.
 */
final class ControlCommits {
    private final FileLayer files;
    private final Path file;

    ControlCommits(FileLayer files, Path file) {
        this.files = files;
        this.file = file;
    }

    /** Adds those of the log from its start through the segment at {@code lastBase}, which are about to be dropped. */
    void keep(CommitLog log, long lastBase) throws IOException {
        TreeMap<Long, byte[]> commits = all();
        int before = commits.size();
        long end = log.endOfSegment(lastBase);
        try (LogReader reader = log.readAt(log.start())) {
            for (Optional<LogRecord> record = reader.next(); record.isPresent() && reader.place() <= end;
                    record = reader.next()) {
                if (record.get() instanceof LogRecord.OfCommit of && isControl(CommitCodec.decode(of.commit()))) {
                    commits.put(of.revision(), of.commit());
                }
            }
        } catch (FormatException e) {
            throw new IOException("The log can't be read: " + e.getMessage(), e);
        }
        if (commits.size() > before) {
            write(commits);
        }
    }

    private static boolean isControl(Commit commit) {
        return commit.transactions().stream().flatMap(transaction -> transaction.writes().stream())
                .anyMatch(write -> SystemTables.isControl(new Key(new String(write.key(), StandardCharsets.UTF_8))));
    }

    /** All that are kept, by revision. */
    TreeMap<Long, byte[]> all() throws IOException {
        TreeMap<Long, byte[]> commits = new TreeMap<>();
        if (files.exists(file)) {
            try (CellFile.Reader reader = new CellFile.Reader(files, file)) {
                reader.forEachRemaining(entry -> commits.put(ByteBuffer.wrap(entry.key()).getLong(), entry.cell()));
            }
        }
        return commits;
    }

    private void write(TreeMap<Long, byte[]> commits) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        files.delete(unfinished);
        try (CellFile.Writer writer = new CellFile.Writer(files, unfinished, new byte[] {0})) {
            for (var entry : commits.entrySet()) {
                writer.add(ByteBuffer.allocate(8).putLong(entry.getKey()).array(), entry.getValue());
            }
            writer.finish();
        }
        files.rename(unfinished, file);
        files.syncDirectory(file.getParent());
    }
}
