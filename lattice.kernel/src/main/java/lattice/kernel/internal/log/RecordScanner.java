package lattice.kernel.internal.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.files.OpenFile;

/**
 * Finds the records in a segment. Offsets are in its file. Where the disk can't read, no record is found, as where one is damaged.
 */
final class RecordScanner {
    private static final int WINDOW = 256 * 1024;
    private static final byte[] ZEROS = new byte[WINDOW];

    private final PatientFile file;
    private final SegmentFormat.Head head;
    private final CRC32C crc = new CRC32C();
    private long end;
    private byte[] window = new byte[WINDOW];
    private long windowStart;
    private int windowLength;

    private byte[] body;
    private long durable;

    /** @param end where to stop, at most the size of the file */
    RecordScanner(OpenFile file, SegmentFormat.Head head, long end) {
        this.file = new PatientFile(file);
        this.head = head;
        this.end = end;
    }

    long end() {
        return end;
    }

    /** Lets it go on to what has been written since. */
    void extendTo(long newEnd) {
        end = Math.max(end, newEnd);
    }

    /** The body of the record last found. */
    byte[] body() {
        return body;
    }

    /** How much of the log was known to be durable when the record last found was written. */
    long durable() {
        return durable;
    }

    /** Where the record after the one last found, at {@code offset}, starts. */
    long after(long offset) {
        return offset + SegmentFormat.RECORD_HEAD_BYTES + body.length;
    }

    /** Whether a sound record starts at an offset. */
    boolean find(long offset) throws IOException {
        int length = plausibleLength(offset);
        if (length < 0) {
            return false;
        }
        load(offset, SegmentFormat.RECORD_HEAD_BYTES + length);
        int at = (int) (offset - windowStart);
        int bodyAt = at + SegmentFormat.RECORD_HEAD_BYTES;
        if (Crc.of(window, bodyAt, length) != u32(at + 12)) {
            return false;
        }
        body = Arrays.copyOfRange(window, bodyAt, bodyAt + length);
        durable = (long) u32(at + 4) << 32 | u32(at + 8) & 0xffffffffL;
        return true;
    }

    /** The first offset, at {@code from} or behind it, where a sound record starts; -1 if there is none. */
    long search(long from) throws IOException {
        for (long offset = from; offset + SegmentFormat.RECORD_HEAD_BYTES < end; offset++) {
            if (find(offset)) {
                return offset;
            }
        }
        return -1;
    }

    /** Whether nothing but zeros follows. */
    boolean onlyZeros(long from) throws IOException {
        for (long offset = from; offset < end; ) {
            load(offset, 1);
            int at = (int) (offset - windowStart);
            int length = Math.min(windowLength - at, WINDOW);
            if (!Arrays.equals(window, at, at + length, ZEROS, 0, length)) {
                return false;
            }
            offset += length;
        }
        return true;
    }

    /** Whether the disk could not read something between two offsets that were looked at. */
    boolean isUnreadable(long from, long to) {
        return file.isUnreadable(from, to);
    }

    /** Where the disk can read again behind what it can't, which takes at least the room of a record: the place is one's. */
    long behindUnreadable(long from) {
        return Math.max(Math.min(file.behindUnreadable(from), end), from + SegmentFormat.RECORD_HEAD_BYTES + 1);
    }

    /** What is wrong between two offsets where there is no sound record, as a sentence. */
    String objection(long from, long to) {
        return isUnreadable(from, to) ? "The disk can't read what was written to the log here."
                : "What was written to the log here is damaged.";
    }

    /** The length of the body of the record whose head is at an offset, -1 if there is no sound head. */
    private int plausibleLength(long offset) throws IOException {
        long left = end - offset - SegmentFormat.RECORD_HEAD_BYTES;
        if (left < 1) {
            return -1;
        }
        load(offset, SegmentFormat.RECORD_HEAD_BYTES);
        int at = (int) (offset - windowStart);
        int length = u32(at);
        if (length < 1 || length > SegmentFormat.MAX_BODY_BYTES || length > left) {
            return -1;
        }
        return SegmentFormat.headCrc(crc, head.salt(), head.base() + offset, window, at) == u32(at + 16) ? length : -1;
    }

    /** Has at least so many bytes from an offset in the window, which must be there in the file. */
    private void load(long offset, int count) throws IOException {
        if (offset >= windowStart && offset + count <= windowStart + windowLength) {
            return;
        }
        int wanted = (int) Math.min(end - offset, Math.max(count, WINDOW));
        if (window.length < wanted || window.length > WINDOW && wanted <= WINDOW) {
            window = new byte[wanted];
        }
        ByteBuffer buffer = ByteBuffer.wrap(window, 0, wanted);
        file.read(buffer, offset);
        windowStart = offset;
        windowLength = buffer.position();
        if (windowLength < count) {
            throw new IOException("The file ended at " + (offset + windowLength) + " while it was read; it should go on to "
                    + (offset + count) + ".");
        }
    }

    private int u32(int at) {
        return (window[at] & 0xff) << 24 | (window[at + 1] & 0xff) << 16 | (window[at + 2] & 0xff) << 8
                | window[at + 3] & 0xff;
    }
}
