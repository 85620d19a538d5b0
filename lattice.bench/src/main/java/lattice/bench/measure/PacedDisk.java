package lattice.bench.measure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * What the disk alone does to records that come at their times: all that are due are written to a file that is long enough
 * already and made durable by one {@code fdatasync}, then those that came meanwhile. No log that makes each of them durable
 * before it is seen can be quicker.
 */
public final class PacedDisk {
    /** What a put of the benchmarks takes in the log, about. */
    private static final int RECORD_BYTES = 256;
    private static final int FILE_BYTES = 16 * 1024 * 1024;

    private PacedDisk() {
    }

    /**
     * @param folder on the disk that is to be measured
     * @param perSecond how many records come in a second
     * @param warmUp how long it goes on before anything counts
     * @param measured how long it counts
     * @return from when a record is due until it is durable, in nanoseconds
     */
    public static Histogram measure(Path folder, int perSecond, Duration warmUp, Duration measured) throws IOException {
        Path file = folder.resolve("paced");
        Histogram nanos = new Histogram(3);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(FILE_BYTES);
            writeAll(channel, bytes, 0);
            channel.force(true);
            long between = 1_000_000_000L / perSecond;
            long uncounted = warmUp.toNanos() / between;
            long records = uncounted + measured.toNanos() / between;
            long position = 0;
            long began = System.nanoTime();
            for (long durable = 0; durable < records; ) {
                long due = Math.min(records, (System.nanoTime() - began) / between);
                if (due == durable) {
                    LockSupport.parkNanos(began + (durable + 1) * between - System.nanoTime());
                    continue;
                }
                int length = (int) Math.min((due - durable) * RECORD_BYTES, FILE_BYTES);
                position = position + length > FILE_BYTES ? 0 : position;
                writeAll(channel, bytes.clear().limit(length), position);
                channel.force(false);
                position += length;
                long now = System.nanoTime();
                for (; durable < due; durable++) {
                    if (durable >= uncounted) {
                        nanos.recordValue(now - began - (durable + 1) * between);
                    }
                }
            }
        } finally {
            Files.deleteIfExists(file);
        }
        return nanos;
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }
}
