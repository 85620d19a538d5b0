package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.View;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store's snapshots: files {@code snapshots/REVISION-NUMBER.snap} in the form of {@link CellFile}, REVISION being 16 hexadecimal
 * digits, and NUMBER 4, which tell snapshots of one revision apart; about each it says
 *
 * <pre>
 * about := store:32 log id:text revision:varint place:varint memory:blob
 * </pre>
 *
 * <p>To have the state, combine the snapshot's cells with what the log says from {@code place} on, beginning with
 * {@code memory}, which is what {@link Memory} was there, after {@code revision}. The cells may be of somewhat later: writes
 * that are in them and in the log count once. Two snapshots are kept.
 */
final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final String SUFFIX = ".snap";
    private static final int KEPT = 2;
    private static final int MAX_MEMORY_BYTES = 256 * 1024 * 1024;

    private final FileLayer files;
    private final Path directory;
    private final Hash store;
    private volatile String objection;

    Snapshots(FileLayer files, Path directory, Hash store) {
        this.files = files;
        this.directory = directory;
        this.store = store;
    }

    static String fileName(long revision, int number) {
        return String.format("%016x-%04x", revision, number) + SUFFIX;
    }

    private static long revision(Path path) {
        return Long.parseUnsignedLong(path.getFileName().toString().substring(0, 16), 16);
    }

    private static int number(Path path) {
        return Integer.parseInt(path.getFileName().toString().substring(17, 21), 16);
    }

    /** The name of the next snapshot: a store in which nothing happens has several of one revision, and needs two. */
    private String nextFileName(long revision) throws IOException {
        int number = 0;
        for (Path path : all()) {
            if (revision(path) == revision) {
                number = Math.max(number, number(path) + 1);
            }
        }
        return fileName(revision, number);
    }

    /** What a snapshot says about itself. */
    record About(Hash store, String logId, long revision, long place, byte[] memory) {
        byte[] encode() {
            ByteWriter out = new ByteWriter(memory.length + 100);
            store.write(out);
            return out.text(logId).varint(revision).varint(place).blob(memory).toBytes();
        }

        static About decode(byte[] bytes) throws FormatException {
            ByteReader in = new ByteReader(bytes);
            About about = new About(Hash.read(in), in.text(64), in.varint(), in.varint(), in.blob(MAX_MEMORY_BYTES));
            in.expectEnd("what a snapshot says about itself");
            return about;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof About that && store.equals(that.store) && logId.equals(that.logId)
                    && revision == that.revision && place == that.place;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(revision);
        }
    }

    /** The snapshots that are there, the newest first. */
    List<Path> all() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String name : files.list(directory)) {
            if (name.matches("[0-9a-f]{16}-[0-9a-f]{4}\\" + SUFFIX)) {
                found.add(directory.resolve(name));
            }
        }
        Collections.reverse(found);
        return found;
    }

    /** Why the last one that could not be opened could not. */
    Optional<String> objection() {
        return Optional.ofNullable(objection);
    }

    /** Opens a snapshot of this store; empty if it is gone or, with a word in the log, if it is damaged. */
    Optional<Opened> open(Path path) {
        CellFile.Reader reader = null;
        try {
            reader = new CellFile.Reader(files, path);
            About about = About.decode(reader.about());
            if (!about.store().equals(store)) {
                throw new IOException(path + " is of another store.");
            }
            return Optional.of(new Opened(about, reader));
        } catch (NoSuchFileException e) {
            LOG.debug("A snapshot is not there any more: others have taken its place", e);
            return Optional.empty();
        } catch (IOException | FormatException e) {
            LOG.warn("A snapshot can't be used: {}", e.getMessage());
            objection = e.getMessage().replaceAll("\\.$", "");
            if (reader != null) {
                try {
                    reader.close();
                } catch (IOException closing) {
                    LOG.debug("Closing a snapshot failed", closing);
                }
            }
            return Optional.empty();
        }
    }

    /** A snapshot that is being read. */
    record Opened(About about, CellFile.Reader cells) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            cells.close();
        }
    }

    /**
     * What was written.
     *
     * @param bytes the size of the file
     * @param deletions how many of its cells are of keys that were deleted
     */
    record Written(long bytes, long deletions) {
    }

    /** Writes a snapshot of a view that doesn't change meanwhile. */
    Written write(About about, View view) throws IOException {
        if (!files.exists(directory)) {
            files.createDirectories(directory);
            // The log behind a snapshot is dropped one day: the directory must not be.
            files.syncDirectory(directory.getParent());
        }
        Path path = directory.resolve(nextFileName(about.revision()));
        Path unfinished = directory.resolve("unfinished.tmp");
        files.delete(unfinished);
        Written written;
        try {
            written = write(files, unfinished, about, view);
        } catch (IOException | RuntimeException e) {
            // On a full disk, what is left of it would be in everybody's way.
            files.delete(unfinished);
            throw e;
        }
        files.rename(unfinished, path);
        files.syncDirectory(directory);
        List<Path> there = all();
        for (Path old : there.subList(Math.min(KEPT, there.size()), there.size())) {
            files.delete(old);
        }
        return written;
    }

    /** Removes a snapshot that turned out to be damaged. */
    void discard(Path path) throws IOException {
        files.delete(path);
        files.syncDirectory(directory);
    }

    /** Writes the file of a snapshot. */
    static Written write(FileLayer files, Path file, About about, View view) throws IOException {
        try (CellFile.Writer writer = new CellFile.Writer(files, file, about.encode())) {
            long deletions = 0;
            for (Iterator<Map.Entry<byte[], byte[]>> cells = view.range(new byte[0], true, null); cells.hasNext();) {
                Map.Entry<byte[], byte[]> cell = cells.next();
                if (view.decode(cell.getKey(), cell.getValue()).isDeletion()) {
                    deletions++;
                }
                writer.add(cell.getKey(), cell.getValue());
            }
            writer.finish();
            return new Written(writer.bytes(), deletions);
        }
    }
}
