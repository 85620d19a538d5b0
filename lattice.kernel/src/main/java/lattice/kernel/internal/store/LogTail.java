package lattice.kernel.internal.store;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;

/**
 * The end of a log in a file, for a backup: what the last checkpoint does not cover, so that the next can be made of it. The
 * file is {@code (length:u32 body)*}, each body as {@link LogRecord} has it, in the order of revisions.
 */
final class LogTail {
    private static final int APPEND_BYTES = 1 << 20;
    /** Of a record: a commit, its links and its signature. */
    private static final int MAX_BYTES = 2 * CommitCodec.MAX_BYTES;

    private LogTail() {
    }

    /** Writes the records of revisions {@code from} to {@code upTo} to a file that is not there yet. */
    static void write(CommitLog log, long from, long upTo, Path file) throws IOException {
        ByteWriter body = new ByteWriter(4096);
        try (LogReader reader = log.readFrom(Math.max(from, log.firstRevision())); DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)))) {
            boolean begun = false;
            for (Optional<LogRecord> record = reader.next(); record.isPresent(); record = reader.next()) {
                long revision = revision(record.get());
                if (revision > upTo) {
                    return;
                }
                begun |= revision >= from;
                body.clear();
                encode(record.get(), body);
                if (begun && body.length() > 0) {
                    out.writeInt(body.length());
                    out.write(body.buffer(), 0, body.length());
                }
            }
        }
    }

    /** 0 if it has none of its own. */
    private static long revision(LogRecord record) {
        return record instanceof LogRecord.OfCommit commit ? commit.revision()
                : record instanceof LogRecord.OfJudgement judgement ? judgement.revision() : 0;
    }

    private static void encode(LogRecord record, ByteWriter out) {
        if (record instanceof LogRecord.OfCommit of) {
            LogRecord.startCommit(out, of.revision(), of.stage(), of.links(), of.links().length, of.signature().orElse(null));
            out.raw(of.commit());
        } else if (record instanceof LogRecord.OfSignature of) {
            LogRecord.writeSignature(out, of.author(), of.sequence(), of.signature());
        } else if (record instanceof LogRecord.OfJudgement of) {
            LogRecord.writeJudgement(out, of.revision(), of.changes());
        }
    }

    /** The revision of the first record in a file; empty if there is none. */
    static Optional<Long> firstRevision(Path file) throws IOException {
        try (DataInputStream in = open(file)) {
            Optional<byte[]> first = next(in, file);
            return first.isEmpty() ? Optional.empty() : Optional.of(revision(LogRecord.decode(first.get())));
        } catch (FormatException e) {
            throw damaged(file, e);
        }
    }

    /** Puts what is in a file at the end of a log, durably, up to a revision. */
    static void append(Path file, CommitLog log, long upTo) throws IOException {
        long next = log.firstRevision();
        long waiting = 0;
        try (DataInputStream in = open(file)) {
            for (Optional<byte[]> body = next(in, file); body.isPresent(); body = next(in, file)) {
                long revision = revision(LogRecord.decode(body.get()));
                if (revision > upTo) {
                    break;
                }
                next = Math.max(next, revision);
                log.startRecord(next).raw(body.get());
                log.endRecord(next);
                next = Math.max(next, revision + 1);
                waiting += body.get().length;
                if (waiting > APPEND_BYTES) {
                    log.append();
                    waiting = 0;
                }
            }
            log.append();
            log.sync();
        } catch (FormatException e) {
            throw damaged(file, e);
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    private static Optional<byte[]> next(DataInputStream in, Path file) throws IOException {
        byte[] length = in.readNBytes(Integer.BYTES);
        if (length.length == 0) {
            return Optional.empty();
        }
        int bytes = ByteBuffer.wrap(Arrays.copyOf(length, Integer.BYTES)).getInt();
        if (length.length < Integer.BYTES || bytes < 1 || bytes > MAX_BYTES) {
            throw new IOException(file + " is damaged: a record has no length that it can have.");
        }
        byte[] body = in.readNBytes(bytes);
        if (body.length < bytes) {
            throw new IOException(file + " is damaged: it ends within a record.");
        }
        return Optional.of(body);
    }

    private static IOException damaged(Path file, FormatException e) {
        return new IOException(file + " is damaged: " + e.getMessage(), e);
    }
}
