package lattice.kernel.internal.view;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import org.mapdb.DBException;
import org.mapdb.DataInput2;
import org.mapdb.Serializer;
import org.mapdb.StoreBinary;
import org.mapdb.StoreBinaryGetLong;

/**
 * A B-link tree (Lehman and Yao, 1981) of keys to encoded cells in the records of a MapDB store, for one thread that writes and
 * any number that read without waiting for it. MapDB's own tree reads and writes each node on the way for each key, and its inner
 * nodes are as small as its leaves; this one takes sorted batches, in which a leaf is read and written once for all its keys, and
 * is half as deep.
 *
 * <p>A record is replaced in one step, so that a reader sees a node as it was or as it is. Where a node is divided the new ones to
 * its right come first, each linked to the next, then what is left of the old one, then the inner node above; who comes between
 * finds its way by the links. The root keeps its record: when it is divided, all of it moves one level down. Nodes are never
 * joined. Cells that are too large for a node stand in records of their own.
 *
 * <p>Whatever bit of a file changes while it is open: a cell that is found has its checksum, and where none is found, where many
 * are read or where something is written, the checksums of the nodes on the way are looked at.
 */
final class CellTree {
    /** Larger cells stand outside the leaves, which are read and written as a whole. */
    private static final int MAX_INLINE = 4 * 1024;
    private static final long HERE = 0;
    /** More steps than any way through a sound tree takes: nodes that are linked in a circle must not hold a reader for ever. */
    private static final int MAX_STEPS = 100_000;
    private static final int ATTEMPTS = 1000;
    private static final byte[] NO_KEY = new byte[0];

    private final StoreBinary store;
    private final long root;

    // What follows belongs to the thread that writes.
    private final Path path = new Path();
    private final TreeNodeBuilder builder = new TreeNodeBuilder();
    private final ByteWriter values = new ByteWriter(64 * 1024);
    private final List<Long> replaced = new ArrayList<>();
    private int[] lengths = new int[64];

    /** @param root the record of the root */
    CellTree(StoreBinary store, long root) {
        this.store = store;
        this.root = root;
    }

    /** The record of the root. */
    long root() {
        return root;
    }

    /** Makes a tree of encoded cells in the order of their keys. */
    static CellTree create(StoreBinary store, Iterator<? extends Map.Entry<byte[], byte[]>> sorted) {
        Loader loader = new Loader(store);
        while (sorted.hasNext()) {
            Map.Entry<byte[], byte[]> entry = sorted.next();
            loader.add(entry.getKey(), entry.getValue());
        }
        return new CellTree(store, loader.finish());
    }

    /** Keys in their order, each once, and the cells to put there. */
    interface Batch {
        int size();

        byte[] key(int index);

        /** Writes a cell, encoded; nothing if the key is to go. */
        void encode(int index, ByteWriter out);
    }

    // Reading

    /**
     * The encoded cell of a key; null if there is none. One that stands outside may be replaced, and its record used for something
     * else, before it is read: then the leaf tells another place by now, and that is read instead.
     */
    byte[] get(byte[] key) {
        Lookup lookup = new Lookup();
        RuntimeException failure = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = lookup.outside;
            lookup.run(key);
            if (lookup.outside == 0) {
                return lookup.cell;
            }
            if (lookup.outside == before) {
                break;
            }
            try {
                byte[] cell = store.get(lookup.outside, Serializer.BYTE_ARRAY_NOSIZE);
                if (cell != null) {
                    Cell.decode(key, cell);
                    return cell;
                }
                failure = new IllegalStateException("a value is missing");
            } catch (FormatException e) {
                failure = new IllegalStateException(e.getMessage(), e);
            } catch (DBException e) {
                failure = e;
            }
        }
        throw failure;
    }

    /**
     * The way to the node of a level to which a key belongs: down by the children, to the right by the links. MapDB hands over each
     * record where it stands.
     */
    private abstract class Descent implements StoreBinaryGetLong {
        /** What is looked for. */
        byte[] key;
        private int wanted;
        private int level;
        /** Of the node that was come to last. */
        long record;
        /** Whether the checksum of each node on the way has to be right. */
        boolean strict = true;

        /** @return the record of the node that was found */
        final long descend(byte[] toKey, int toLevel, long from, int fromLevel) {
            key = toKey;
            wanted = toLevel;
            level = fromLevel;
            long next = from;
            for (int steps = 0; next != HERE; steps++) {
                if (steps == MAX_STEPS) {
                    throw new IllegalStateException("its nodes are linked in a circle");
                }
                record = next;
                next = store.getBinaryLong(next, this);
            }
            return record;
        }

        @Override
        public final long get(DataInput2 in, int size) {
            ByteBuffer node = TreeNode.buffer(in);
            int at = in.getPos();
            TreeNode.check(node, at, size, level);
            if (strict) {
                TreeNode.checkSum(node, at, size, record);
            }
            level = TreeNode.level(node, at);
            if (TreeNode.isBeyond(node, at, key)) {
                return TreeNode.link(node, at);
            }
            if (level == wanted) {
                found(node, at, size);
                return HERE;
            }
            if (level < wanted) {
                throw new IllegalStateException("it has no level " + wanted);
            }
            passed(level, record, node, at);
            level--;
            return TreeNode.child(node, at, TreeNode.childOf(node, at, key));
        }

        /** The node is this one; what is needed of it is to be copied. */
        abstract void found(ByteBuffer node, int at, int size);

        /** The key is below this node. */
        void passed(int itsLevel, long itsRecord, ByteBuffer node, int at) {
        }
    }

    /** Finds the cell of a key, or the record in which it stands outside of its leaf. */
    private class Lookup extends Descent {
        byte[] cell;
        long outside;

        /** A cell has a checksum, in which its key counts: the nodes on the way need theirs only if there seems to be no cell. */
        final void run(byte[] sought) {
            strict = false;
            descend(sought);
            if (cell == null && outside == 0) {
                strict = true;
                descend(sought);
            }
        }

        final void descend(byte[] sought) {
            descend(sought, TreeNode.LEAF, root, TreeNode.MAX_LEVELS);
        }

        final void look(ByteBuffer leaf, int at) {
            cell = null;
            outside = 0;
            int index = TreeNode.find(leaf, at, key);
            if (index >= 0) {
                int value = TreeNode.valueAt(leaf, at, index);
                if (leaf.get(value) == TreeNode.OUTSIDE) {
                    outside = leaf.getLong(value + 1);
                } else {
                    cell = TreeNode.inline(leaf, at, index);
                }
            }
        }

        @Override
        void found(ByteBuffer node, int at, int size) {
            look(node, at);
        }
    }

    /** Finds keys one after the other, for one thread and for a short time: what it finds was there at some time since it was made. */
    Search search() {
        return new Search();
    }

    /** Keeps the leaf in which two keys in a row were found: where they come by the dozen, most need no more than that. */
    final class Search extends Lookup {
        private long last = HERE;
        private ByteBuffer leaf;
        /** The least key that is known to belong to the leaf. */
        private byte[] least;

        /** The encoded cell of a key; null if there is none. */
        byte[] get(byte[] sought) {
            if (leaf != null && Arrays.compareUnsigned(least, sought) <= 0 && !TreeNode.isBeyond(leaf, 0, sought)) {
                key = sought;
                look(leaf, 0);
            } else {
                // The leaf may be kept, and has to be right for keys that are looked for later.
                descend(sought);
            }
            return outside == 0 ? cell : CellTree.this.get(sought);
        }

        @Override
        void found(ByteBuffer node, int at, int size) {
            look(node, at);
            if (record == last) {
                leaf = ByteBuffer.wrap(TreeNode.bytes(node, at, size));
                least = key;
            }
            last = record;
        }
    }

    /**
     * The encoded cells in a range, in the order of keys; weakly consistent.
     *
     * @param from the first key
     * @param to the key behind the last; null for no end
     */
    Iterator<Map.Entry<byte[], byte[]>> range(byte[] from, boolean inclusive, byte[] to) {
        return new Range(from, inclusive, to);
    }

    /** Reads one leaf after the other, each as it is when it is come to. */
    private final class Range extends Descent implements Iterator<Map.Entry<byte[], byte[]>> {
        private final byte[] to;
        private ByteBuffer leaf;
        private int index;
        private CellFile.Encoded next;

        Range(byte[] from, boolean inclusive, byte[] to) {
            this.to = to;
            descend(from, TreeNode.LEAF, root, TreeNode.MAX_LEVELS);
            int found = TreeNode.find(leaf, 0, from);
            index = found < 0 ? -found - 1 : inclusive ? found : found + 1;
            advance();
        }

        @Override
        void found(ByteBuffer node, int at, int size) {
            leaf = ByteBuffer.wrap(TreeNode.bytes(node, at, size));
        }

        private void advance() {
            next = null;
            while (next == null) {
                if (index == TreeNode.count(leaf, 0)) {
                    long link = TreeNode.link(leaf, 0);
                    byte[] bound = TreeNode.bound(leaf, 0);
                    if (link == 0 || to != null && Arrays.compareUnsigned(bound, to) >= 0) {
                        return;
                    }
                    descend(bound, TreeNode.LEAF, link, TreeNode.LEAF);
                    index = 0;
                    continue;
                }
                byte[] key = TreeNode.bytes(leaf, TreeNode.keyAt(leaf, 0, index), TreeNode.keyLength(leaf, 0, index));
                if (to != null && Arrays.compareUnsigned(key, to) >= 0) {
                    return;
                }
                byte[] cell = leaf.get(TreeNode.valueAt(leaf, 0, index)) == TreeNode.OUTSIDE ? CellTree.this.get(key)
                        : TreeNode.inline(leaf, 0, index);
                index++;
                if (cell != null) {
                    next = new CellFile.Encoded(key, cell);
                }
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Map.Entry<byte[], byte[]> next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            CellFile.Encoded given = next;
            advance();
            return given;
        }
    }

    // Writing

    /** Puts cells in the place of what is there. Nodes that lose all their keys stay. */
    void putAll(Batch batch) {
        path.clear();
        for (int i = 0; i < batch.size();) {
            long record = path.find(TreeNode.LEAF, batch.key(i));
            int end = i + 1;
            while (end < batch.size() && !TreeNode.isBeyond(path.node, 0, batch.key(end))) {
                end++;
            }
            merge(record, batch, i, end);
            i = end;
        }
    }

    private void merge(long record, Batch batch, int from, int to) {
        ByteBuffer leaf = path.node;
        byte[] leafBytes = leaf.array();
        int count = TreeNode.count(leaf, 0);
        encodeValues(batch, from, to);
        byte[] fresh = values.buffer();
        int freshAt = 0;
        builder.clear();
        replaced.clear();
        int index = 0;
        for (int i = from; i < to; i++) {
            byte[] key = batch.key(i);
            int order = 1;
            while (index < count && (order = compare(leaf, index, key)) < 0) {
                keep(leaf, leafBytes, index++);
            }
            if (index < count && order == 0) {
                int value = TreeNode.valueAt(leaf, 0, index++);
                if (leaf.get(value) == TreeNode.OUTSIDE) {
                    replaced.add(leaf.getLong(value + 1));
                }
            }
            int length = lengths[i - from];
            if (length > 0) {
                builder.add(key, 0, key.length, fresh, freshAt, length);
                freshAt += length;
            }
        }
        boolean growsAtEnd = index == count && TreeNode.link(leaf, 0) == 0;
        while (index < count) {
            keep(leaf, leafBytes, index++);
        }
        replace(TreeNode.LEAF, record, TreeNode.link(leaf, 0), TreeNode.bound(leaf, 0), growsAtEnd);
        replaced.forEach(place -> store.delete(place, Serializer.BYTE_ARRAY_NOSIZE));
    }

    private void encodeValues(Batch batch, int from, int to) {
        if (to - from > lengths.length) {
            lengths = new int[Math.max(to - from, lengths.length * 2)];
        }
        values.clear();
        for (int i = from; i < to; i++) {
            int start = values.length();
            values.u8(TreeNode.INLINE);
            batch.encode(i, values);
            if (values.length() == start + 1) {
                values.truncate(start);
            } else if (values.length() - start > MAX_INLINE) {
                byte[] cell = Arrays.copyOfRange(values.buffer(), start + 1, values.length());
                values.truncate(start);
                values.u8(TreeNode.OUTSIDE).u64(store.put(cell, Serializer.BYTE_ARRAY_NOSIZE));
            }
            lengths[i - from] = values.length() - start;
        }
    }

    private static int compare(ByteBuffer leaf, int index, byte[] key) {
        return TreeNode.compare(leaf, TreeNode.keyAt(leaf, 0, index), TreeNode.keyLength(leaf, 0, index), key);
    }

    private void keep(ByteBuffer leaf, byte[] bytes, int index) {
        int value = TreeNode.valueAt(leaf, 0, index);
        builder.add(bytes, TreeNode.keyAt(leaf, 0, index), TreeNode.keyLength(leaf, 0, index), bytes, value,
                TreeNode.valueAt(leaf, 0, index + 1) - value);
    }

    /** Writes what the builder holds in the place of a node. */
    private void replace(int level, long record, long link, byte[] bound, boolean growsAtEnd) {
        int nodes = builder.divide(level, growsAtEnd);
        if (nodes == 1) {
            write(store, builder, record, level, 0, builder.size(), link, bound);
            return;
        }
        byte[][] separators = new byte[nodes][];
        long[] records = new long[nodes];
        long next = link;
        byte[] nextBound = bound;
        for (int i = nodes - 1; i > 0; i--) {
            records[i] = put(level, i, next, nextBound);
            next = records[i];
            separators[i] = builder.separator(level, builder.start(i));
            nextBound = separators[i];
        }
        path.clear();
        if (record == root) {
            separators[0] = NO_KEY;
            records[0] = put(level, 0, next, nextBound);
            builder.clear();
            for (int i = 0; i < nodes; i++) {
                builder.add(separators[i], records[i]);
            }
            replace(level + 1, root, 0, NO_KEY, growsAtEnd);
        } else {
            write(store, builder, record, level, 0, builder.start(1), next, nextBound);
            addChildren(level + 1, separators, records);
        }
    }

    private long put(int level, int node, long link, byte[] bound) {
        long record = store.preallocate();
        write(store, builder, record, level, builder.start(node), builder.start(node + 1), link, bound);
        return record;
    }

    /** Writes a node of some of a builder's entries. */
    private static void write(StoreBinary store, TreeNodeBuilder builder, long record, int level, int from, int to, long link,
            byte[] bound) {
        store.update(record, builder.encode(record, level, from, to, link, bound), TreeNodeBuilder.SERIALIZER);
    }

    /** Adds to an inner node what a child of it was divided into, but for the first. */
    private void addChildren(int level, byte[][] separators, long[] records) {
        long record = path.find(level, separators[1]);
        ByteBuffer node = path.node;
        byte[] bytes = Arrays.copyOf(node.array(), path.size);
        ByteBuffer kept = ByteBuffer.wrap(bytes);
        int count = TreeNode.count(kept, 0);
        int where = TreeNode.childOf(kept, 0, separators[1]) + 1;
        builder.clear();
        for (int i = 0; i < where; i++) {
            builder.add(TreeNode.bytes(kept, TreeNode.keyAt(kept, 0, i), TreeNode.keyLength(kept, 0, i)), TreeNode.child(kept, 0, i));
        }
        for (int i = 1; i < records.length; i++) {
            builder.add(separators[i], records[i]);
        }
        for (int i = where; i < count; i++) {
            builder.add(TreeNode.bytes(kept, TreeNode.keyAt(kept, 0, i), TreeNode.keyLength(kept, 0, i)), TreeNode.child(kept, 0, i));
        }
        replace(level, record, TreeNode.link(kept, 0), TreeNode.bound(kept, 0), where == count && TreeNode.link(kept, 0) == 0);
    }

    /** The way to the node that was come to last; keys come in order, so that most of it is the way to the next as well. */
    private final class Path extends Descent {
        private final long[] records = new long[TreeNode.MAX_LEVELS + 1];
        private final byte[][] bounds = new byte[TreeNode.MAX_LEVELS + 1][];
        /** The node that was found, from its array's start. */
        private ByteBuffer node = ByteBuffer.allocate(8 * 1024);
        private int size;

        void clear() {
            Arrays.fill(records, 0);
        }

        /** Finds and copies the node of a level to which a key belongs. @return its record */
        long find(int wanted, byte[] key) {
            for (int level = Math.max(1, wanted); level < TreeNode.MAX_LEVELS; level++) {
                if (records[level] != 0 && (bounds[level] == null || Arrays.compareUnsigned(key, bounds[level]) < 0)) {
                    return descend(key, wanted, records[level], level);
                }
            }
            return descend(key, wanted, root, TreeNode.MAX_LEVELS);
        }

        @Override
        void found(ByteBuffer found, int at, int itsSize) {
            if (itsSize > node.capacity()) {
                node = ByteBuffer.allocate(itsSize * 2);
            }
            found.get(at, node.array(), 0, itsSize);
            size = itsSize;
        }

        @Override
        void passed(int level, long record, ByteBuffer passed, int at) {
            records[level] = record;
            bounds[level] = TreeNode.link(passed, at) == 0 ? null : TreeNode.bound(passed, at);
        }
    }

    /** Makes a tree from left to right, each node written once. */
    private static final class Loader {
        private final StoreBinary store;
        private final List<Level> levels = new ArrayList<>();

        /** The node of a level that is being filled. */
        private static final class Level {
            private final TreeNodeBuilder builder = new TreeNodeBuilder();
            private byte[] least = NO_KEY;
            private long record;
            private byte[] last;
        }

        Loader(StoreBinary store) {
            this.store = store;
            level(TreeNode.LEAF);
        }

        private Level level(int number) {
            if (number == levels.size()) {
                Level level = new Level();
                level.record = store.preallocate();
                levels.add(level);
            }
            return levels.get(number);
        }

        void add(byte[] key, byte[] cell) {
            byte[] value;
            if (cell.length < MAX_INLINE) {
                value = new byte[cell.length + 1];
                System.arraycopy(cell, 0, value, 1, cell.length);
            } else {
                value = new ByteWriter(9).u8(TreeNode.OUTSIDE).u64(store.put(cell, Serializer.BYTE_ARRAY_NOSIZE)).toBytes();
            }
            Level leaf = levels.get(TreeNode.LEAF);
            if (leaf.last != null && Arrays.compareUnsigned(leaf.last, key) >= 0) {
                throw new IllegalArgumentException("keys are not in order");
            }
            if (leaf.builder.isFull(TreeNode.LEAF, key.length + value.length)) {
                int common = Arrays.mismatch(leaf.last, key);
                begin(TreeNode.LEAF, Arrays.copyOf(key, common + 1));
            }
            leaf.builder.add(key, value);
            leaf.last = key;
        }

        /** Writes the node of a level and begins the next one. */
        private void begin(int number, byte[] bound) {
            Level level = levels.get(number);
            long next = store.preallocate();
            write(number, level, next, bound);
            level.record = next;
            level.least = bound;
            level.builder.clear();
        }

        private void write(int number, Level level, long link, byte[] bound) {
            CellTree.write(store, level.builder, level.record, number, 0, level.builder.size(), link, bound);
            if (link != 0 || number + 1 < levels.size()) {
                addChild(number + 1, level.least, level.record);
            }
        }

        private void addChild(int number, byte[] least, long record) {
            Level level = level(number);
            if (level.builder.isFull(number, least.length + TreeNode.CHILD_BYTES)) {
                begin(number, least);
            }
            level.builder.add(least, record);
        }

        /** @return the root */
        long finish() {
            for (int i = 0; i < levels.size(); i++) {
                write(i, levels.get(i), 0, NO_KEY);
            }
            return levels.get(levels.size() - 1).record;
        }
    }
}
