package lattice.kernel.internal.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.OpenFile;

/**
 * The layout of a log on disk. A log is a run of segments; a segment is a file {@code BASE.log}, BASE being the place of its
 * first byte in the log as 16 hexadecimal digits. Numbers are big-endian.
 *
 * <pre>
 * segment := head head' record* zeros*     head' is a second copy of head; each takes 4,096 bytes, padded with zeros
 * head    := "LTC-LOG" version:u8 = 1  store:32  log id:u64  salt:u32  base:u64  first revision:u64  crc:u32
 * record  := length:u32  durable:u64  body crc:u32  head crc:u32  body       length is that of the body
 * </pre>
 *
 * <p>{@code durable} is how much of the log was known to be on disk when the record was written. It tells a torn tail, which
 * nobody was promised, from damage to what had been confirmed. {@code head crc} covers the salt, the record's own place in
 * the log, and the three numbers before it: so a record is recognized wherever a search starts, and neither a value that
 * imitates one nor one left over from elsewhere passes for it. All CRCs are CRC32C. The zeros are room allocated ahead,
 * because to grow a file with each write doubles the time that an fsync takes.
 */
final class SegmentFormat {
    static final int HEAD_COPY_BYTES = 4096;
    static final int HEAD_BYTES = 2 * HEAD_COPY_BYTES;
    static final int RECORD_HEAD_BYTES = 20;
    /** The longest body: a commit of the largest size and what the log keeps beside it. */
    static final int MAX_BODY_BYTES = 20 * 1024 * 1024;
    static final String SUFFIX = ".log";

    private static final byte[] MAGIC = {'L', 'T', 'C', '-', 'L', 'O', 'G'};
    private static final int VERSION = 1;
    private static final int HEAD_CONTENT_BYTES = MAGIC.length + 1 + Hash.BYTES + 8 + 4 + 8 + 8;

    private SegmentFormat() {
    }

    /** What the head of a segment says. */
    record Head(Hash store, long logId, int salt, long base, long firstRevision) {
    }

    static String fileName(long base) {
        return String.format("%016x", base) + SUFFIX;
    }

    static byte[] encode(Head head) {
        ByteWriter out = new ByteWriter(HEAD_BYTES);
        for (int copy = 0; copy < 2; copy++) {
            int start = out.length();
            out.raw(MAGIC).u8(VERSION);
            head.store().write(out);
            out.u64(head.logId()).u32(head.salt()).u64(head.base()).u64(head.firstRevision());
            out.u32(Crc.of(out.buffer(), start, out.length() - start));
            out.reserve(HEAD_COPY_BYTES - (out.length() - start));
        }
        return out.toBytes();
    }

    /** The head of a segment, from whichever copy can be read and is sound; empty if neither is. */
    static Optional<Head> readHead(OpenFile file, Path path) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES);
        PatientFile patient = new PatientFile(file);
        patient.read(bytes, 0);
        for (int copy = 0; copy < 2; copy++) {
            int start = copy * HEAD_COPY_BYTES;
            if (bytes.position() < start + HEAD_CONTENT_BYTES + 4) {
                break;
            }
            ByteReader in = new ByteReader(bytes.array(), start, HEAD_CONTENT_BYTES + 4);
            try {
                boolean sound = Crc.of(bytes.array(), start, HEAD_CONTENT_BYTES)
                        == new ByteReader(bytes.array(), start + HEAD_CONTENT_BYTES, 4).u32();
                if (sound && Arrays.equals(in.raw(MAGIC.length), MAGIC)) {
                    int version = in.u8();
                    if (version != VERSION) {
                        throw new IOException(path + " is of format " + version + ", this node knows format " + VERSION
                                + ": start a newer Lattice on this home.");
                    }
                    return Optional.of(new Head(Hash.read(in), in.u64(), in.u32(), in.u64(), in.u64()));
                }
            } catch (FormatException e) {
                throw new IllegalStateException("The length was checked.", e);
            }
        }
        if (patient.isUnreadable(0, HEAD_COPY_BYTES) && patient.isUnreadable(HEAD_COPY_BYTES, HEAD_BYTES)) {
            throw new IOException("The disk can't read " + path + " at byte 0, where both heads of the segment are: copy the home to"
                    + " a sound disk, as far as it can be read, or restore the node from a backup.");
        }
        return Optional.empty();
    }

    /** Writes the head of a record whose body ends where {@code out} does. */
    static void seal(ByteWriter out, int start, long durable, int salt, long place, CRC32C crc) {
        int bodyAt = start + RECORD_HEAD_BYTES;
        int length = out.length() - bodyAt;
        out.setU32(start, length);
        out.setU64(start + 4, durable);
        out.setU32(start + 12, Crc.of(out.buffer(), bodyAt, length));
        out.setU32(start + 16, headCrc(crc, salt, place, out.buffer(), start));
    }

    static int headCrc(CRC32C crc, int salt, long place, byte[] bytes, int at) {
        crc.reset();
        update(crc, salt, 4);
        update(crc, place, 8);
        crc.update(bytes, at, RECORD_HEAD_BYTES - 4);
        return (int) crc.getValue();
    }

    private static void update(CRC32C crc, long value, int count) {
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            crc.update((int) (value >>> shift) & 0xff);
        }
    }
}
