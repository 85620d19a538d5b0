package lattice.kernel.internal.view;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.Serializer;

/**
 * The entries of a node in the making, or of several if they don't fit in one, and the bytes of one of them. It refers to what it
 * is given until it is written, and is used again for the next: to write a node leaves no garbage.
 */
final class TreeNodeBuilder {
    /** Writes the bytes that were made last, as they are. */
    static final Serializer<TreeNodeBuilder> SERIALIZER = new Serializer<>() {
        @Override
        public void serialize(DataOutput2 out, TreeNodeBuilder builder) {
            // The store copies it to the file before the builder is used again.
            out.buf = builder.node.array();
            out.pos = builder.length;
        }

        @Override
        public TreeNodeBuilder deserialize(DataInput2 in, int available) throws IOException {
            throw new IOException("A node is read where it stands.");
        }
    };

    /** A leaf is read and written as a whole: it is small. Inner nodes are seldom written: the more they hold, the fewer levels. */
    private static final int MAX_LEAF = 16;
    private static final int MAX_INNER = 64;
    private static final int MAX_BYTES = 16 * 1024;
    /** How full nodes are that grow at the end only. */
    private static final double FULL = 0.9;
    private static final double HALF = 0.7;

    private byte[][] keys = new byte[64][];
    private int[] keyAt = new int[64];
    private int[] keyLength = new int[64];
    private byte[][] values = new byte[64][];
    private int[] valueAt = new int[64];
    private int[] valueLength = new int[64];
    private long[] children = new long[64];
    private int[] starts = new int[8];
    private int size;
    private int held;
    private ByteBuffer node = ByteBuffer.allocate(4 * 1024);
    private int length;

    void clear() {
        size = 0;
        held = 0;
    }

    int size() {
        return size;
    }

    void add(byte[] keyIn, int keyStart, int keyBytes, byte[] valueIn, int valueStart, int valueBytes) {
        grow();
        keys[size] = keyIn;
        keyAt[size] = keyStart;
        keyLength[size] = keyBytes;
        values[size] = valueIn;
        valueAt[size] = valueStart;
        valueLength[size] = valueBytes;
        held += keyBytes + valueBytes;
        size++;
    }

    void add(byte[] key, byte[] value) {
        add(key, 0, key.length, value, 0, value.length);
    }

    void add(byte[] key, long child) {
        add(key, 0, key.length, null, 0, TreeNode.CHILD_BYTES);
        children[size - 1] = child;
    }

    private void grow() {
        if (size == keys.length) {
            int capacity = size * 2;
            keys = Arrays.copyOf(keys, capacity);
            keyAt = Arrays.copyOf(keyAt, capacity);
            keyLength = Arrays.copyOf(keyLength, capacity);
            values = Arrays.copyOf(values, capacity);
            valueAt = Arrays.copyOf(valueAt, capacity);
            valueLength = Arrays.copyOf(valueLength, capacity);
            children = Arrays.copyOf(children, capacity);
        }
    }

    /** Whether another entry would be too many for a node that grows at the end. */
    boolean isFull(int level, int moreBytes) {
        return size >= (int) (max(level) * FULL) || size > 0 && held + moreBytes > MAX_BYTES;
    }

    private static int max(int level) {
        return level == TreeNode.LEAF ? MAX_LEAF : MAX_INNER;
    }

    /**
     * Divides the entries among as many nodes as they take: {@link #start}.
     *
     * @param growsAtEnd whether what comes next will probably come behind them all
     * @return how many nodes
     */
    int divide(int level, boolean growsAtEnd) {
        int quota = size;
        if (size > max(level)) {
            int target = (int) (max(level) * (growsAtEnd ? FULL : HALF));
            int nodes = (size + target - 1) / target;
            quota = growsAtEnd ? target : (size + nodes - 1) / nodes;
        }
        int nodes = 1;
        starts[0] = 0;
        int bytesHere = 0;
        for (int i = 0; i < size; i++) {
            int more = keyLength[i] + valueLength[i];
            if (i > starts[nodes - 1] && (i - starts[nodes - 1] == quota || bytesHere + more > MAX_BYTES)) {
                if (nodes + 1 == starts.length) {
                    starts = Arrays.copyOf(starts, nodes * 2);
                }
                starts[nodes++] = i;
                bytesHere = 0;
            }
            bytesHere += more;
        }
        starts[nodes] = size;
        return nodes;
    }

    /** The first entry of a node that {@link #divide} made; of one more than there are, how many entries there are. */
    int start(int node) {
        return starts[node];
    }

    /** What parts a node's entries from those before: the shortest key that does, or in inner nodes its first key. */
    byte[] separator(int level, int entry) {
        int common = keyLength[entry];
        if (level == TreeNode.LEAF) {
            int before = entry - 1;
            int differs = Arrays.mismatch(keys[before], keyAt[before], keyAt[before] + keyLength[before],
                    keys[entry], keyAt[entry], keyAt[entry] + keyLength[entry]);
            common = Math.min(common, differs + 1);
        }
        return Arrays.copyOfRange(keys[entry], keyAt[entry], keyAt[entry] + common);
    }

    /** Makes the bytes of a node of some of the entries, to stand in a record. */
    TreeNodeBuilder encode(long record, int level, int from, int to, long link, byte[] bound) {
        int count = to - from;
        int keyBytes = 0;
        int valueBytes = 0;
        for (int i = from; i < to; i++) {
            keyBytes += keyLength[i];
            valueBytes += valueLength[i];
        }
        length = TreeNode.HEADER_BYTES + count * (level == TreeNode.LEAF ? 4 : 2) + bound.length + keyBytes + valueBytes;
        if (length > node.capacity()) {
            node = ByteBuffer.allocate(length * 2);
        }
        node.clear().position(TreeNode.CRC_BYTES);
        node.put((byte) level).putShort((short) count).putLong(link).putShort((short) bound.length);
        int end = 0;
        for (int i = from; i < to; i++) {
            end += keyLength[i];
            node.putShort((short) end);
        }
        end = 0;
        for (int i = from; i < to; i++) {
            if (level == TreeNode.LEAF) {
                end += valueLength[i];
                node.putShort((short) end);
            } else {
                node.putLong(children[i]);
            }
        }
        node.put(bound);
        for (int i = from; i < to; i++) {
            node.put(keys[i], keyAt[i], keyLength[i]);
        }
        for (int i = from; i < to && level == TreeNode.LEAF; i++) {
            node.put(values[i], valueAt[i], valueLength[i]);
        }
        node.putInt(0, TreeNode.crc(record, node, 0, length));
        return this;
    }
}
