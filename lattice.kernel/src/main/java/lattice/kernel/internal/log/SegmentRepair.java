package lattice.kernel.internal.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;

/** What a damaged segment of a log still has, and what is written where it has nothing any more. All offsets are the segment's. */
final class SegmentRepair {
    private static final int COPIED_AT_ONCE = 256 * 1024;
    private static final int SMALLEST_LOSS = SegmentFormat.RECORD_HEAD_BYTES + 1;
    private static final long LARGEST_LOSS = SegmentFormat.RECORD_HEAD_BYTES + SegmentFormat.MAX_BODY_BYTES;

    private final CommitLog.Segment segment;
    private final OpenFile file;
    private final long confirmed;

    /**
     * @param file the segment's, to be read
     * @param confirmed how much of the log is durable
     */
    SegmentRepair(CommitLog.Segment segment, OpenFile file, long confirmed) {
        this.segment = segment;
        this.file = file;
        this.confirmed = confirmed;
    }

    /** Whether there is a record, after all. */
    boolean isSound(long at) throws IOException {
        if (at < SegmentFormat.HEAD_BYTES) {
            return false;
        }
        RecordScanner scanner = new RecordScanner(file, segment.head(), file.size());
        try {
            return scanner.find(at) && LogRecord.decode(scanner.body()) != null;
        } catch (FormatException e) {
            return false;
        }
    }

    /** The first revision that can be found before an offset. */
    OptionalLong firstRevision(long end) throws IOException {
        RecordScanner scanner = new RecordScanner(file, segment.head(), Math.min(file.size(), end));
        for (long at = scanner.search(SegmentFormat.HEAD_BYTES); at >= 0; at = scanner.search(scanner.after(at))) {
            try {
                LogRecord record = LogRecord.decode(scanner.body());
                if (record instanceof LogRecord.OfCommit commit) {
                    return OptionalLong.of(commit.revision());
                } else if (record instanceof LogRecord.OfJudgement judgement) {
                    return OptionalLong.of(judgement.revision());
                }
            } catch (FormatException e) {
                throw new IOException("A record of " + segment.path() + " can't be read: " + e.getMessage(), e);
            }
        }
        return OptionalLong.empty();
    }

    /** Says between two offsets of the segment, or of a copy of it, that what stood there is lost. */
    void writeLoss(OpenFile into, long from, long to) throws IOException {
        long at = from;
        while (at < to) {
            byte[] loss = loss(segment.base() + at, to - at);
            into.write(ByteBuffer.wrap(loss), at);
            at += loss.length;
        }
    }

    /** A record that fills a place, or as much of it as one record can so that another fits behind. */
    private byte[] loss(long place, long room) throws IOException {
        long bytes = Math.min(room, LARGEST_LOSS);
        if (room > bytes && room - bytes < SMALLEST_LOSS) {
            bytes -= SMALLEST_LOSS;
        }
        if (bytes < SMALLEST_LOSS) {
            throw new IOException("A damaged part of " + room + " bytes is too short for a record.");
        }
        ByteWriter out = new ByteWriter((int) bytes);
        out.reserve((int) bytes);
        out.buffer()[SegmentFormat.RECORD_HEAD_BYTES] = LogRecord.LOST;
        SegmentFormat.seal(out, 0, confirmed, segment.head().salt(), place, new CRC32C());
        return out.toBytes();
    }

    /** Makes a file that is a copy of the segment as far as that can be read, but for what is lost between two offsets. */
    void copyWithLoss(FileLayer files, Path unfinished, long from, long to) throws IOException {
        files.delete(unfinished);
        try (OpenFile copy = files.create(unfinished)) {
            PatientFile original = new PatientFile(file);
            ByteBuffer buffer = ByteBuffer.allocate(COPIED_AT_ONCE);
            long size = file.size();
            for (long at = 0; at < size; at += COPIED_AT_ONCE) {
                buffer.clear().limit((int) Math.min(COPIED_AT_ONCE, size - at));
                original.read(buffer, at);
                copy.write(buffer.flip(), at);
            }
            writeLoss(copy, from, to);
            copy.sync();
        } catch (IOException e) {
            files.delete(unfinished);
            throw e;
        }
    }
}
