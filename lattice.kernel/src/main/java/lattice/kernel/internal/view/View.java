package lattice.kernel.internal.view;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.function.Supplier;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBException;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;

/**
 * The state of a store on disk: a MapDB B-tree of key to {@link Cell}, memory-mapped. It is made from the log and never the
 * only copy of anything, for MapDB can't tell whether it was closed cleanly. One thread writes, any number read. Whatever
 * MapDB throws means that the file is no good any more.
 */
public final class View implements AutoCloseable {
    /** Says how its nodes are written too: a view of another form has no such tree and is made anew. */
    private static final String TREE = "packed-cells";
    private static final int NODE_SIZE = 16;
    private static final long ALLOCATE_START = 1024 * 1024;
    private static final long ALLOCATE_INCREMENT = 16 * 1024 * 1024;
    /** Larger cells stand outside the tree's nodes, which are read and written as a whole. */
    private static final int MAX_INLINE = 4 * 1024;
    private static final byte INLINE = 0;
    private static final byte OUTSIDE = 1;
    private static final int ATTEMPTS = 1000;

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
            DB.TreeMapMaker<byte[], byte[]> maker = db.treeMap(TREE, PackedBytes.SERIALIZER, PackedBytes.SERIALIZER)
                    .maxNodeSize(NODE_SIZE);
            if (sorted == null) {
                return new View(file, db, maker.create());
            }
            DB.TreeMapSink<byte[], byte[]> sink = maker.createFromSink();
            try {
                sorted.forEachRemaining(entry -> sink.put(entry.getKey(), stored(db, entry.getValue())));
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
                    db.treeMap(TREE, PackedBytes.SERIALIZER, PackedBytes.SERIALIZER).maxNodeSize(NODE_SIZE).open());
        });
    }

    /** An encoded cell as the tree holds it: after a byte that says which, itself or where it is. */
    private static byte[] stored(DB db, byte[] cell) {
        if (cell.length <= MAX_INLINE) {
            byte[] inline = new byte[cell.length + 1];
            inline[0] = INLINE;
            System.arraycopy(cell, 0, inline, 1, cell.length);
            return inline;
        }
        return new ByteWriter(9).u8(OUTSIDE).u64(db.getStore().put(cell, Serializer.BYTE_ARRAY_NOSIZE)).toBytes();
    }

    /**
     * The encoded cell of a key, given what the tree holds there. One that stands outside may be replaced, and its place
     * reused, while it is read: then the tree holds something else by now, and that is read instead.
     */
    private byte[] encoded(byte[] key, byte[] stored) {
        byte[] held = stored;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (held[0] == INLINE) {
                return Arrays.copyOfRange(held, 1, held.length);
            }
            RuntimeException failure;
            try {
                byte[] cell = db.getStore().get(place(held), Serializer.BYTE_ARRAY_NOSIZE);
                if (cell != null) {
                    Cell.decode(key, cell);
                    return cell;
                }
                failure = new DamagedViewException("The view " + file + " is damaged: a value is missing.", null);
            } catch (FormatException e) {
                failure = new DamagedViewException("The view " + file + " is damaged: " + e.getMessage() + ".", e);
            } catch (DBException e) {
                failure = e;
            }
            byte[] now = cells.get(key);
            if (now == null || Arrays.equals(now, held)) {
                throw failure;
            }
            held = now;
        }
        throw new DamagedViewException("The view " + file + " does not hold still.", null);
    }

    private static long place(byte[] outside) {
        try {
            return new ByteReader(outside, 1, outside.length - 1).u64();
        } catch (FormatException e) {
            throw new DamagedViewException("The view is damaged: a reference to a value is too short.", e);
        }
    }

    /** What is in force at a key, if anything is. */
    public Optional<Cell> get(byte[] key) {
        return guarded(file, () -> {
            byte[] stored = cells.get(key);
            return stored == null ? Optional.empty() : Optional.of(decode(file, key, encoded(key, stored)));
        });
    }

    /** Writes what is in force at a key. */
    public void put(byte[] key, Cell cell) {
        guarded(file, () -> release(cells.put(key, stored(db, cell.encode(key)))));
    }

    /** Takes away a key, deletion and all. */
    public void forget(byte[] key) {
        guarded(file, () -> release(cells.remove(key)));
    }

    /** Gives back the place of a cell that stood outside and was replaced. */
    private byte[] release(byte[] before) {
        if (before != null && before[0] == OUTSIDE) {
            db.getStore().delete(place(before), Serializer.BYTE_ARRAY_NOSIZE);
        }
        return before;
    }

    /**
     * The encoded cells in a range, in the order of keys; weakly consistent.
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
                return guarded(file, () -> {
                    Map.Entry<byte[], byte[]> entry = entries.next();
                    return new CellFile.Encoded(entry.getKey(), encoded(entry.getKey(), entry.getValue()));
                });
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
