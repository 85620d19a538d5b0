package lattice.kernel.internal.codec;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C (Castagnoli, RFC 3720), which the processor computes. */
public final class Crc {
    private Crc() {
    }

    public static int of(byte[] bytes) {
        return of(bytes, 0, bytes.length);
    }

    public static int of(byte[] bytes, int offset, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, count);
        return (int) crc.getValue();
    }

    /** Of what stands in a buffer, whose position stays as it is. */
    public static int of(ByteBuffer buffer, int offset, int count) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(offset, count));
        return (int) crc.getValue();
    }
}
