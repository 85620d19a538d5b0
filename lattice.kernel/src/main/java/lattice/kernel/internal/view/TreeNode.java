package lattice.kernel.internal.view;

import java.nio.ByteBuffer;
import lattice.kernel.internal.codec.Crc;
import org.mapdb.DataInput2;

/**
 * How a node of the {@link CellTree} is laid out, and how one is searched where it stands, in the memory-mapped file: nothing is
 * copied but what is asked for.
 *
 * <pre>
 * node  := crc:u32 level:u8 count:u16 link:u64 bound-length:u16 key-end:u16*count (leaf | inner)
 * leaf  := value-end:u16*count bound keys values         level 0
 * inner := child:u64*count bound keys                    level 1 and up
 * value := 0:u8 cell | 1:u8 place:u64
 * </pre>
 *
 * <p>Ends count from the start of the keys, of the values. The link is the next node of the same level, 0 for none, and the
 * bound the least key that does not belong here but there. An inner node's key is the least that may be below its child; the
 * first key of the first node of a level is empty. Keys are in unsigned order. The checksum counts what is behind it and the
 * record in which the node stands: a node that was come to by a wrong pointer is none.
 */
final class TreeNode {
    static final int LEAF = 0;
    /** More levels than any tree has. */
    static final int MAX_LEVELS = 32;
    static final int CRC_BYTES = 4;
    private static final int LEVEL_AT = CRC_BYTES;
    private static final int COUNT_AT = LEVEL_AT + 1;
    private static final int LINK_AT = COUNT_AT + 2;
    private static final int BOUND_LENGTH_AT = LINK_AT + 8;
    static final int HEADER_BYTES = BOUND_LENGTH_AT + 2;
    static final int CHILD_BYTES = 8;
    static final byte INLINE = 0;
    static final byte OUTSIDE = 1;

    private TreeNode() {
    }

    /** Where a record can be read by absolute positions, from {@link DataInput2#getPos} on. */
    static ByteBuffer buffer(DataInput2 in) {
        ByteBuffer mapped = in.internalByteBuffer();
        return mapped != null ? mapped : ByteBuffer.wrap(in.internalByteArray());
    }

    static int level(ByteBuffer node, int at) {
        return node.get(at + LEVEL_AT);
    }

    static int count(ByteBuffer node, int at) {
        return u16(node, at + COUNT_AT);
    }

    static long link(ByteBuffer node, int at) {
        return node.getLong(at + LINK_AT);
    }

    static int boundLength(ByteBuffer node, int at) {
        return u16(node, at + BOUND_LENGTH_AT);
    }

    static int boundAt(ByteBuffer node, int at) {
        return at + HEADER_BYTES + count(node, at) * (2 + (level(node, at) == LEAF ? 2 : CHILD_BYTES));
    }

    /** The bound; meant only if there is a link. */
    static byte[] bound(ByteBuffer node, int at) {
        return bytes(node, boundAt(node, at), boundLength(node, at));
    }

    /** Whether a key belongs to a node further right. */
    static boolean isBeyond(ByteBuffer node, int at, byte[] key) {
        return link(node, at) != 0 && compare(node, boundAt(node, at), boundLength(node, at), key) <= 0;
    }

    /** Where a key starts; of the index {@code count}, where the keys end. */
    static int keyAt(ByteBuffer node, int at, int index) {
        return boundAt(node, at) + boundLength(node, at) + end(node, at + HEADER_BYTES, index - 1);
    }

    static int keyLength(ByteBuffer node, int at, int index) {
        int ends = at + HEADER_BYTES;
        return end(node, ends, index) - end(node, ends, index - 1);
    }

    static long child(ByteBuffer node, int at, int index) {
        return node.getLong(at + HEADER_BYTES + count(node, at) * 2 + index * CHILD_BYTES);
    }

    /** Where a leaf's value starts; of the index {@code count}, where the node ends. */
    static int valueAt(ByteBuffer node, int at, int index) {
        int count = count(node, at);
        return keyAt(node, at, count) + end(node, at + HEADER_BYTES + count * 2, index - 1);
    }

    /** The encoded cell of a leaf's index that stands in the leaf. */
    static byte[] inline(ByteBuffer node, int at, int index) {
        int value = valueAt(node, at, index);
        return bytes(node, value + 1, valueAt(node, at, index + 1) - value - 1);
    }

    private static int end(ByteBuffer node, int ends, int index) {
        return index < 0 ? 0 : u16(node, ends + index * 2);
    }

    /** The index of a key, or, if it is not there, that of the next greater one as {@code -(index + 1)}. */
    static int find(ByteBuffer node, int at, byte[] key) {
        int count = count(node, at);
        ByteBuffer wanted = ByteBuffer.wrap(key);
        int ends = at + HEADER_BYTES;
        int keys = boundAt(node, at) + boundLength(node, at);
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int start = end(node, ends, middle - 1);
            int order = compare(node, keys + start, u16(node, ends + middle * 2) - start, wanted);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -(low + 1);
    }

    /** The index of the child of an inner node below which a key belongs. */
    static int childOf(ByteBuffer node, int at, byte[] key) {
        int index = find(node, at, key);
        return index >= 0 ? index : Math.max(0, -index - 2);
    }

    /** @throws IllegalStateException if what is there can't be a node of this level, or below it */
    static void check(ByteBuffer node, int at, int size, int highestLevel) {
        int level = level(node, at);
        boolean holds = size >= HEADER_BYTES && level >= LEAF && level <= highestLevel
                && boundAt(node, at) + boundLength(node, at) <= at + size
                && (level == LEAF ? valueAt(node, at, count(node, at)) : keyAt(node, at, count(node, at))) <= at + size
                && (level == LEAF || count(node, at) > 0);
        if (!holds) {
            throw new IllegalStateException("what should be a node of level " + highestLevel + " is none");
        }
    }

    /** @throws IllegalStateException if it is not what was written to its record */
    static void checkSum(ByteBuffer node, int at, int size, long record) {
        if (node.getInt(at) != crc(record, node, at, size)) {
            throw new IllegalStateException("the checksum of a node is wrong");
        }
    }

    /** The checksum of a node that is to stand in a record. */
    static int crc(long record, ByteBuffer node, int at, int size) {
        return Crc.of(node, at + CRC_BYTES, size - CRC_BYTES) * 31 + Long.hashCode(record);
    }

    static byte[] bytes(ByteBuffer node, int at, int length) {
        byte[] copy = new byte[length];
        node.get(at, copy);
        return copy;
    }

    private static int u16(ByteBuffer node, int at) {
        return node.getShort(at) & 0xffff;
    }

    static int compare(ByteBuffer node, int at, int length, byte[] key) {
        return compare(node, at, length, ByteBuffer.wrap(key));
    }

    /** Compares what stands in a node with a key, eight bytes at a time: keys have long parts in common. */
    private static int compare(ByteBuffer node, int at, int length, ByteBuffer key) {
        int common = Math.min(length, key.capacity());
        int i = 0;
        for (; i <= common - Long.BYTES; i += Long.BYTES) {
            long one = node.getLong(at + i);
            long other = key.getLong(i);
            if (one != other) {
                return Long.compareUnsigned(one, other);
            }
        }
        for (; i < common; i++) {
            int order = (node.get(at + i) & 0xff) - (key.get(i) & 0xff);
            if (order != 0) {
                return order;
            }
        }
        return length - key.capacity();
    }
}
