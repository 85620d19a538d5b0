package lattice.kernel.internal.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 (FIPS 180-4), as four numbers: cheap to keep by the hundred thousand.
 *
 * @param a bytes 0 to 7, big-endian
 * @param b bytes 8 to 15
 * @param c bytes 16 to 23
 * @param d bytes 24 to 31
 */
public record Hash(long a, long b, long c, long d) {
    public static final int BYTES = 32;
    /** What stands where there is no hash. */
    public static final Hash NONE = new Hash(0, 0, 0, 0);

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** The hash that these 32 bytes are. */
    public static Hash from(byte[] bytes, int offset) {
        return new Hash((long) LONG.get(bytes, offset), (long) LONG.get(bytes, offset + 8),
                (long) LONG.get(bytes, offset + 16), (long) LONG.get(bytes, offset + 24));
    }

    /** @throws IllegalArgumentException if {@code hex} is not 64 hexadecimal digits */
    public static Hash fromHex(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("Not a SHA-256: '" + hex + "'.");
        }
        return from(bytes, 0);
    }

    public static Hash of(byte[] bytes) {
        return of(bytes, 0, bytes.length);
    }

    public static Hash of(byte[] bytes, int offset, int count) {
        MessageDigest sha = sha256();
        sha.update(bytes, offset, count);
        return from(sha.digest(), 0);
    }

    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    public byte[] bytes() {
        byte[] bytes = new byte[BYTES];
        LONG.set(bytes, 0, a);
        LONG.set(bytes, 8, b);
        LONG.set(bytes, 16, c);
        LONG.set(bytes, 24, d);
        return bytes;
    }

    public void write(ByteWriter out) {
        out.u64(a).u64(b).u64(c).u64(d);
    }

    public static Hash read(ByteReader in) throws FormatException {
        return new Hash(in.u64(), in.u64(), in.u64(), in.u64());
    }

    public String hex() {
        return HexFormat.of().formatHex(bytes());
    }

    @Override
    public String toString() {
        return hex();
    }
}
