package lattice.kernel.internal.view;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.function.Supplier;
import lattice.kernel.internal.codec.FormatException;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;

/**
 * The state of a store on disk: a MapDB B-tree of key to {@link Cell}, memory-mapped. It is made from the log and never the
 * only copy of anything, for MapDB can't tell whether it was closed cleanly. One thread writes, any number read. Whatever
 * MapDB throws means that the file is no good any more.
 */
public final class View implements AutoCloseable {
    private static final int NODE_SIZE = 32;
    private static final long ALLOCATE_START = 1024 * 1024;
    private static final long ALLOCATE_INCREMENT = 16 * 1024 * 1024;

    private final Path file;
    private final DB db;
    private final BTreeMap<byte[], byte[]> cells;

    private View(Path file, DB db, BTreeMap<byte[], byte[]> cells) {
        this.file = file;
        this.db = db;
        this.cells = cells;
    }

    private static DB db(Path file) {
        return DBMaker.fileDB(file.toFile()).fileMmapEnable().allocateStartSize(ALLOCATE_START)
                .allocateIncrement(ALLOCATE_INCREMENT).make();
    }

    /** Makes an empty view in a file that is not there yet. */
    public static View create(Path file) {
        return create(file, null);
    }

    /** Makes a view in a file that is not there yet, of encoded cells in the order of their keys; null for none. */
    public static View create(Path file, Iterator<? extends Map.Entry<byte[], byte[]>> sorted) {
        return guarded(file, () -> {
            DB db = db(file);
            DB.TreeMapMaker<byte[], byte[]> maker = db.treeMap("cells", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY)
                    .maxNodeSize(NODE_SIZE);
            if (sorted == null) {
                return new View(file, db, maker.create());
            }
            DB.TreeMapSink<byte[], byte[]> sink = maker.createFromSink();
            try {
                sorted.forEachRemaining(entry -> sink.put(entry.getKey(), entry.getValue()));
                return new View(file, db, sink.create());
            } catch (RuntimeException | Error e) {
                new View(file, db, null).abandon();
                throw e;
            }
        });
    }

    /** Opens a view that is known to have been closed cleanly. */
    public static View open(Path file) {
        return guarded(file, () -> {
            DB db = db(file);
            return new View(file, db,
                    db.treeMap("cells", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY).maxNodeSize(NODE_SIZE).open());
        });
    }

    /** What is in force at a key, if anything is. */
    public Optional<Cell> get(byte[] key) {
        return guarded(file, () -> {
            byte[] bytes = cells.get(key);
            return bytes == null ? Optional.empty() : Optional.of(decode(file, key, bytes));
        });
    }

    /** Writes what is in force at a key. */
    public void put(byte[] key, Cell cell) {
        guarded(file, () -> cells.put(key, cell.encode(key)));
    }

    /** Takes away a key, deletion and all. */
    public void forget(byte[] key) {
        guarded(file, () -> cells.remove(key));
    }

    /**
     * The cells in a range, in the order of keys; weakly consistent, and decoded only when looked at.
     *
     * @param from the first key
     * @param to the key behind the last; null for no end
     */
    public Iterator<Map.Entry<byte[], byte[]>> range(byte[] from, boolean inclusive, byte[] to) {
        ConcurrentNavigableMap<byte[], byte[]> part = guarded(file,
                () -> to == null ? cells.tailMap(from, inclusive) : cells.subMap(from, inclusive, to, false));
        Iterator<Map.Entry<byte[], byte[]>> entries = guarded(file, () -> part.entrySet().iterator());
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return guarded(file, entries::hasNext);
            }

            @Override
            public Map.Entry<byte[], byte[]> next() {
                return guarded(file, entries::next);
            }
        };
    }

    /** Reads an encoded cell that {@link #range} gave. */
    public Cell decode(byte[] key, byte[] bytes) {
        return decode(file, key, bytes);
    }

    private static Cell decode(Path file, byte[] key, byte[] bytes) {
        try {
            return Cell.decode(key, bytes);
        } catch (FormatException e) {
            throw new DamagedViewException("The view " + file + " is damaged: " + e.getMessage() + ".", e);
        }
    }

    Path file() {
        return file;
    }

    /** Size of the file. */
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

    /** Closes the file, which is no longer needed, without saving it. */
    public void abandon() {
        try {
            db.close();
        } catch (RuntimeException | AssertionError | InternalError e) {
            // It is being thrown away because it is no good; that it can't even be closed is no news.
            return;
        }
    }

    private static <T> T guarded(Path file, Supplier<T> action) {
        try {
            return action.get();
        } catch (DamagedViewException e) {
            throw e;
        } catch (RuntimeException | AssertionError | InternalError | StackOverflowError e) {
            throw new DamagedViewException("The view " + file + " can't be used: " + e, e);
        }
    }
}
