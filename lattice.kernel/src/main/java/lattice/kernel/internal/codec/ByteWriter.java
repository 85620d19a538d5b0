package lattice.kernel.internal.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes in the making. Fixed numbers are big-endian; a varint is LEB128 of an unsigned number in the fewest bytes; a blob is
 * its length as a varint, then its bytes.
 */
public final class ByteWriter {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int MAX_KEPT = 4 * 1024 * 1024;

    private final int initialCapacity;
    private byte[] bytes;
    private int length;

    public ByteWriter(int initialCapacity) {
        this.initialCapacity = initialCapacity;
        bytes = new byte[initialCapacity];
    }

    public int length() {
        return length;
    }

    /** The buffer behind this; good until the next write. */
    public byte[] buffer() {
        return bytes;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Starts anew; a buffer that grew very large is let go. */
    public void clear() {
        length = 0;
        if (bytes.length > MAX_KEPT) {
            bytes = new byte[initialCapacity];
        }
    }

    /** Takes back what was written behind a place. */
    public void truncate(int toLength) {
        length = toLength;
    }

    public ByteWriter u8(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
        return this;
    }

    public ByteWriter u32(int value) {
        ensure(4);
        INT.set(bytes, length, value);
        length += 4;
        return this;
    }

    public ByteWriter u64(long value) {
        ensure(8);
        LONG.set(bytes, length, value);
        length += 8;
        return this;
    }

    public ByteWriter varint(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
        return this;
    }

    public ByteWriter raw(byte[] value) {
        return raw(value, 0, value.length);
    }

    public ByteWriter raw(byte[] value, int offset, int count) {
        ensure(count);
        System.arraycopy(value, offset, bytes, length, count);
        length += count;
        return this;
    }

    public ByteWriter blob(byte[] value) {
        return varint(value.length).raw(value);
    }

    public ByteWriter text(String value) {
        return blob(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Leaves room for a number that is known later. */
    public int reserve(int count) {
        ensure(count);
        int at = length;
        Arrays.fill(bytes, at, at + count, (byte) 0);
        length += count;
        return at;
    }

    public void setU32(int at, int value) {
        INT.set(bytes, at, value);
    }

    public void setU64(int at, long value) {
        LONG.set(bytes, at, value);
    }

    /** How many bytes {@link #varint} takes for a number. */
    public static int varintLength(long value) {
        return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
    }

    private void ensure(int more) {
        int needed = Math.addExact(length, more);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, bytes.length * 2L)));
        }
    }
}
