package lattice.kernel.internal.view;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.serializer.GroupSerializer;

/**
 * How the nodes of the view's tree hold byte arrays, in unsigned order: one behind the other, with their lengths in front. To
 * find one, or to read one, nothing is made of the others, which would be most of the work of a get; to replace one is to
 * copy two arrays.
 *
 * <pre>
 * array := length:u16* bytes*        as many as the node says there are
 * </pre>
 */
final class PackedBytes implements GroupSerializer<byte[]> {
    static final PackedBytes SERIALIZER = new PackedBytes();
    /** The longest array that can be held. */
    static final int MAX_LENGTH = 0xffff;

    /** Room for all of most nodes at once: a buffer that grows step by step would be half of what a put leaves as garbage. */
    private static final int USUAL_NODE_BYTES = 3 * 1024;
    private static final Packed EMPTY = new Packed(new int[0], new byte[0]);

    private PackedBytes() {
    }

    /** @param ends where each array ends in {@code bytes} */
    private record Packed(int[] ends, byte[] bytes) {
        int start(int index) {
            return index == 0 ? 0 : ends[index - 1];
        }

        byte[] get(int index) {
            return Arrays.copyOfRange(bytes, start(index), ends[index]);
        }

        /** The same with the arrays from one index to before another replaced. */
        Packed with(int from, int to, byte[]... replacements) {
            int removed = start(to) - start(from);
            int added = 0;
            for (byte[] replacement : replacements) {
                added += checkedLength(replacement);
            }
            int[] newEnds = new int[ends.length - (to - from) + replacements.length];
            byte[] newBytes = new byte[bytes.length - removed + added];
            System.arraycopy(ends, 0, newEnds, 0, from);
            System.arraycopy(bytes, 0, newBytes, 0, start(from));
            int at = start(from);
            for (int i = 0; i < replacements.length; i++) {
                System.arraycopy(replacements[i], 0, newBytes, at, replacements[i].length);
                at += replacements[i].length;
                newEnds[from + i] = at;
            }
            System.arraycopy(bytes, start(to), newBytes, at, bytes.length - start(to));
            for (int i = to; i < ends.length; i++) {
                newEnds[i - to + from + replacements.length] = ends[i] - removed + added;
            }
            return new Packed(newEnds, newBytes);
        }
    }

    private static int checkedLength(byte[] value) {
        if (value.length > MAX_LENGTH) {
            throw new IllegalArgumentException("An array of " + value.length + " bytes is too long for a node.");
        }
        return value.length;
    }

    @Override
    public void valueArraySerialize(DataOutput2 out, Object array) throws IOException {
        Packed packed = (Packed) array;
        out.ensureAvail(Math.max(USUAL_NODE_BYTES, packed.ends.length * 2 + packed.bytes.length));
        byte[] into = out.buf;
        int at = out.pos;
        int before = 0;
        for (int end : packed.ends) {
            into[at++] = (byte) (end - before >>> 8);
            into[at++] = (byte) (end - before);
            before = end;
        }
        System.arraycopy(packed.bytes, 0, into, at, packed.bytes.length);
        out.pos = at + packed.bytes.length;
    }

    @Override
    public Object valueArrayDeserialize(DataInput2 in, int size) throws IOException {
        int[] ends = readEnds(in, size);
        byte[] bytes = new byte[size == 0 ? 0 : ends[size - 1]];
        int start = in.getPos();
        read(in, start, bytes);
        in.setPos(start + bytes.length);
        return new Packed(ends, bytes);
    }

    private static int[] readEnds(DataInput2 in, int size) throws IOException {
        int[] ends = new int[size];
        int end = 0;
        ByteBuffer buffer = in.internalByteBuffer();
        if (buffer == null) {
            for (int i = 0; i < size; i++) {
                end += in.readUnsignedShort();
                ends[i] = end;
            }
        } else {
            int at = in.getPos();
            for (int i = 0; i < size; i++, at += 2) {
                end += (buffer.get(at) & 0xff) << 8 | buffer.get(at + 1) & 0xff;
                ends[i] = end;
            }
            in.setPos(at);
        }
        return ends;
    }

    private static void read(DataInput2 in, int position, byte[] into) throws IOException {
        ByteBuffer buffer = in.internalByteBuffer();
        if (buffer == null) {
            in.setPos(position);
            in.readFully(into);
        } else {
            buffer.get(position, into);
        }
    }

    @Override
    public int valueArrayBinarySearch(byte[] key, DataInput2 in, int size,
            @SuppressWarnings("rawtypes") Comparator comparator) throws IOException {
        ByteBuffer buffer = in.internalByteBuffer();
        if (buffer == null) {
            return valueArraySearch(valueArrayDeserialize(in, size), key);
        }
        int[] ends = readEnds(in, size);
        int bytes = in.getPos();
        in.setPos(bytes + (size == 0 ? 0 : ends[size - 1]));
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int start = middle == 0 ? 0 : ends[middle - 1];
            int order = compare(buffer, bytes + start, ends[middle] - start, key);
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

    private static int compare(ByteBuffer buffer, int position, int length, byte[] key) {
        int common = Math.min(length, key.length);
        for (int i = 0; i < common; i++) {
            int order = (buffer.get(position + i) & 0xff) - (key[i] & 0xff);
            if (order != 0) {
                return order;
            }
        }
        return length - key.length;
    }

    @Override
    public byte[] valueArrayBinaryGet(DataInput2 in, int size, int index) throws IOException {
        int[] ends = readEnds(in, size);
        int start = index == 0 ? 0 : ends[index - 1];
        byte[] value = new byte[ends[index] - start];
        read(in, in.getPos() + start, value);
        return value;
    }

    @Override
    public int valueArraySearch(Object array, byte[] key) {
        Packed packed = (Packed) array;
        int low = 0;
        int high = packed.ends.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Arrays.compareUnsigned(packed.bytes, packed.start(middle), packed.ends[middle], key, 0, key.length);
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

    @Override
    public int valueArraySearch(Object array, byte[] key, @SuppressWarnings("rawtypes") Comparator comparator) {
        return valueArraySearch(array, key);
    }

    @Override
    public byte[] valueArrayGet(Object array, int index) {
        return ((Packed) array).get(index);
    }

    @Override
    public int valueArraySize(Object array) {
        return ((Packed) array).ends.length;
    }

    @Override
    public Object valueArrayEmpty() {
        return EMPTY;
    }

    @Override
    public Object valueArrayPut(Object array, int index, byte[] value) {
        return ((Packed) array).with(index, index, value);
    }

    @Override
    public Object valueArrayUpdateVal(Object array, int index, byte[] value) {
        return ((Packed) array).with(index, index + 1, value);
    }

    @Override
    public Object valueArrayFromArray(Object[] values) {
        return EMPTY.with(0, 0, Arrays.copyOf(values, values.length, byte[][].class));
    }

    @Override
    public Object valueArrayCopyOfRange(Object array, int from, int to) {
        Packed packed = (Packed) array;
        int start = packed.start(from);
        int[] ends = Arrays.copyOfRange(packed.ends, from, to);
        for (int i = 0; i < ends.length; i++) {
            ends[i] -= start;
        }
        return new Packed(ends, Arrays.copyOfRange(packed.bytes, start, packed.start(to)));
    }

    /** @param index of the array behind the one that goes, as the tree has it */
    @Override
    public Object valueArrayDeleteValue(Object array, int index) {
        return ((Packed) array).with(index - 1, index);
    }

    @Override
    public void serialize(DataOutput2 out, byte[] value) throws IOException {
        out.packInt(value.length);
        out.write(value);
    }

    @Override
    public byte[] deserialize(DataInput2 in, int available) throws IOException {
        byte[] value = new byte[in.unpackInt()];
        in.readFully(value);
        return value;
    }

    @Override
    public boolean isTrusted() {
        return true;
    }

    @Override
    public int compare(byte[] one, byte[] other) {
        return Arrays.compareUnsigned(one, other);
    }

    @Override
    public boolean equals(byte[] one, byte[] other) {
        return Arrays.equals(one, other);
    }

    @Override
    public int hashCode(byte[] value, int seed) {
        return 31 * seed + Arrays.hashCode(value);
    }
}
