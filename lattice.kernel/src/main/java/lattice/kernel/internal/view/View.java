package lattice.kernel.internal.view;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import org.mapdb.DB;
import org.mapdb.DBException;
import org.mapdb.DBMaker;
import org.mapdb.StoreBinary;
import org.mapdb.StoreDirect;
import org.mapdb.volume.MappedFileVol;
import org.mapdb.volume.Volume;

/**
 * The state of a store on disk: a {@link CellTree} of key to {@link Cell} in a memory-mapped MapDB store. It is made from the log
 * and never the only copy of anything, for MapDB can't tell whether it was closed cleanly. One thread writes, any number read.
 * Whatever MapDB throws means that the file is no good any more.
 */
public final class View implements Cells, AutoCloseable {
    /** Where the tree's root is; says how its nodes are written too: a view of another form has no such tree and is made anew. */
    private static final String ROOT = "cell-tree-2";
    private static final long ALLOCATE_START = 1024 * 1024;
    /** The file grows by 16 MiB at a time. */
    private static final int INCREMENT_SHIFT = 24;
    /** More than the nodes of the tree take that a batch changes. */
    static final long ROOM = 2 * 1024 * 1024;
    private static final long DONT_WAIT = 0;

    private final Path file;
    private final Volume volume;
    private final DB db;
    private final CellTree cells;

    private View(Path file, Volume volume, DB db, CellTree cells) {
        this.file = file;
        this.volume = volume;
        this.db = db;
        this.cells = cells;
    }

    private static Volume volume(Path file) {
        return MappedFileVol.FACTORY.makeVolume(file.toString(), false, DONT_WAIT, INCREMENT_SHIFT, ALLOCATE_START, false);
    }

    private static DB db(Volume volume, boolean exists) {
        try {
            return DBMaker.volumeDB(volume, exists).make();
        } catch (RuntimeException | Error e) {
            volume.close();
            throw e;
        }
    }

    /** Has what a view needs of MapDB loaded, which takes long when the Java machine has just started. */
    public static void load() {
        DBMaker.memoryDB().make().close();
    }

    /**
     * Makes a view in a file that is not there yet, of encoded cells in the order of their keys.
     *
     * @throws IOException if the file can't be written, which says nothing against the cells
     */
    public static View create(Path file, Iterator<? extends Map.Entry<byte[], byte[]>> sorted) throws IOException {
        try {
            Volume volume = volume(file);
            DB db = db(volume, false);
            try {
                CellTree cells = CellTree.create((StoreBinary) db.getStore(), sorted);
                db.atomicLong(ROOT, cells.root()).create();
                return new View(file, volume, db, cells);
            } catch (RuntimeException | Error e) {
                new View(file, volume, db, null).abandon();
                throw e;
            }
        } catch (DamagedViewException e) {
            // The cells can't be read.
            throw e;
        } catch (RuntimeException | AssertionError | InternalError | LinkageError e) {
            throw unwritable(file, e);
        }
    }

    private static IOException unwritable(Path file, Throwable e) {
        Object why = e.getCause() == null ? e : e.getCause().getMessage();
        return new IOException("The view " + file + " can't be written: " + why + ".", e);
    }

    /** Opens a view that is known to have been closed cleanly. */
    public static View open(Path file) {
        return guarded(file, () -> {
            Volume volume = volume(file);
            DB db = db(volume, true);
            return new View(file, volume, db, new CellTree((StoreBinary) db.getStore(), db.atomicLong(ROOT).open().get()));
        });
    }

    @Override
    public Optional<Cell> get(byte[] key) {
        return guarded(file, () -> {
            byte[] encoded = cells.get(key);
            return encoded == null ? Optional.empty() : Optional.of(decode(key, encoded));
        });
    }

    @Override
    public Gets gets() {
        CellTree.Search search = cells.search();
        return key -> guarded(file, () -> {
            byte[] encoded = search.get(key);
            return encoded == null ? Optional.empty() : Optional.of(decode(key, encoded));
        });
    }

    /** Writes what is in force at keys, which come in their order, each once; {@link #keepRoom} comes before. */
    void putAll(List<Update> sorted) {
        putAll(new Batch<>(sorted, Update::key, (update, out) -> update.cell().encode(update.key(), out)));
    }

    /** Takes away keys, which come in their order, each once, deletions and all. */
    public void forget(List<byte[]> sorted) throws IOException {
        keepRoom(0);
        putAll(new Batch<>(sorted, key -> key, (key, nothing) -> { }));
    }

    private void putAll(CellTree.Batch batch) {
        guarded(file, () -> {
            cells.putAll(batch);
            return null;
        });
    }

    /**
     * Has the file grow before it is full. MapDB would do so in the midst of an update, and fills what is new with zeros: until
     * that is done, for tens of milliseconds, who reads would wait, and the thread that writes commits reads; and if the disk is
     * full, the update would be half done.
     *
     * @param more bytes that are to be put
     * @throws IOException if it can't grow; nothing is wrong with what it holds
     */
    void keepRoom(long more) throws IOException {
        try {
            volume.ensureAvailable(used() + ROOM + more);
        } catch (DBException e) {
            throw unwritable(file, e);
        }
    }

    /** How much of the file is in use, or was. By the thread that writes. */
    long used() {
        return ((StoreDirect) db.getStore()).getTotalSize();
    }

    /** What a list holds of keys and cells. */
    private record Batch<T>(List<T> items, Function<T, byte[]> keyOf, BiConsumer<T, ByteWriter> encoder) implements CellTree.Batch {
        @Override
        public int size() {
            return items.size();
        }

        @Override
        public byte[] key(int index) {
            return keyOf.apply(items.get(index));
        }

        @Override
        public void encode(int index, ByteWriter out) {
            encoder.accept(items.get(index), out);
        }
    }

    @Override
    public Iterator<Map.Entry<byte[], byte[]>> range(byte[] from, boolean inclusive, byte[] to) {
        Iterator<Map.Entry<byte[], byte[]>> entries = guarded(file, () -> cells.range(from, inclusive, to));
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public Map.Entry<byte[], byte[]> next() {
                return guarded(file, entries::next);
            }
        };
    }

    @Override
    public Cell decode(byte[] key, byte[] bytes) {
        try {
            return Cell.decode(key, bytes);
        } catch (FormatException e) {
            throw new DamagedViewException("The view " + file + " is damaged: " + e.getMessage() + ".", e);
        }
    }

    public Path file() {
        return file;
    }

    @Override
    public long bytes() {
        return file.toFile().length();
    }

    /** Returns when all is on disk and the file closed. */
    @Override
    public void close() {
        guarded(file, () -> {
            db.commit();
            db.close();
            return null;
        });
    }

    @Override
    public void abandon() {
        closeUnsaved(db::close);
        closeUnsaved(volume::close);
    }

    private static void closeUnsaved(Runnable close) {
        try {
            close.run();
        } catch (RuntimeException | AssertionError | InternalError | LinkageError e) {
            // It is being thrown away because it is no good; that it can't even be closed is no news.
            return;
        }
    }

    private static <T> T guarded(Path file, Supplier<T> action) {
        try {
            return action.get();
        } catch (DamagedViewException e) {
            throw e;
        } catch (RuntimeException | AssertionError | InternalError | LinkageError | StackOverflowError e) {
            // MapDB says by a LinkageError, of all things, that it was closed.
            throw new DamagedViewException("The view " + file + " can't be used: " + e, e);
        }
    }
}
