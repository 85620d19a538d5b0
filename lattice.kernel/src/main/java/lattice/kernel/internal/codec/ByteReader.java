package lattice.kernel.internal.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} writes. Nothing is believed: every length is checked against what is there before anything
 * is allocated, and a number has one encoding only.
 */
public final class ByteReader {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final int end;
    private int at;

    public ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    public ByteReader(byte[] bytes, int offset, int count) {
        this.bytes = bytes;
        at = offset;
        end = offset + count;
    }

    public int remaining() {
        return end - at;
    }

    /** Where the next byte is in the array. */
    public int position() {
        return at;
    }

    public int u8() throws FormatException {
        need(1);
        return bytes[at++] & 0xff;
    }

    public int u32() throws FormatException {
        need(4);
        int value = (int) INT.get(bytes, at);
        at += 4;
        return value;
    }

    public long u64() throws FormatException {
        need(8);
        long value = (long) LONG.get(bytes, at);
        at += 8;
        return value;
    }

    public long varint() throws FormatException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = u8();
            if (shift == 63 && b > 1 || shift > 0 && b == 0) {
                throw new FormatException("a number is not in its shortest form");
            }
            value |= (long) (b & 0x7f) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw new FormatException("a number is longer than 64 bits");
    }

    /** A number that must lie between 0 and {@code max}. */
    public int varint(int max) throws FormatException {
        long value = varint();
        if (value < 0 || value > max) {
            throw new FormatException("a number is " + Long.toUnsignedString(value) + ", the most is " + max);
        }
        return (int) value;
    }

    public byte[] raw(int count) throws FormatException {
        need(count);
        byte[] value = Arrays.copyOfRange(bytes, at, at + count);
        at += count;
        return value;
    }

    /** The next bytes, into a part of an array. */
    public void raw(byte[] into, int offset, int count) throws FormatException {
        need(count);
        System.arraycopy(bytes, at, into, offset, count);
        at += count;
    }

    public byte[] blob(int maxLength) throws FormatException {
        return raw(varint(maxLength));
    }

    /** Well-formed UTF-8 of at most so many bytes. */
    public String text(int maxBytes) throws FormatException {
        int count = varint(maxBytes);
        need(count);
        String value = utf8(bytes, at, count);
        at += count;
        return value;
    }

    /** The text that bytes are. */
    public static String utf8(byte[] bytes, int offset, int count) throws FormatException {
        if (isAscii(bytes, offset, count)) {
            return new String(bytes, offset, count, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes, offset, count)).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException("a text is not UTF-8", e);
        }
    }

    /** As nearly all texts are; a decoder that reports what is malformed takes many times as long. */
    private static boolean isAscii(byte[] bytes, int offset, int count) {
        int all = 0;
        for (int i = offset; i < offset + count; i++) {
            all |= bytes[i];
        }
        return all >= 0;
    }

    /** A part of what follows, to be read on its own. */
    public ByteReader slice(int count) throws FormatException {
        need(count);
        ByteReader slice = new ByteReader(bytes, at, count);
        at += count;
        return slice;
    }

    public void expectEnd(String what) throws FormatException {
        if (at != end) {
            throw new FormatException(what + " has " + (end - at) + " bytes too many");
        }
    }

    private void need(int count) throws FormatException {
        if (count > end - at) {
            throw new FormatException("it ends " + (count - (end - at)) + " bytes early");
        }
    }
}
