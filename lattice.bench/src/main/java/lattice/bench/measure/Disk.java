package lattice.bench.measure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import lattice.bench.load.ClosedLoop;
import lattice.bench.load.Timed;
import lattice.bench.report.Report;
import lattice.bench.report.Row;

/**
 * What the disk itself can do: append 4 KiB and {@code fdatasync}, by one thread. No durable put can be faster, unless it
 * shares its sync with others.
 */
public final class Disk implements AutoCloseable {
    private static final int BLOCK_BYTES = 4096;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);

    /** @param folder on the disk that is to be measured */
    public Disk(Path folder) throws IOException {
        file = folder.resolve("fdatasync");
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Appends and syncs for as long as that. */
    public Timed measure(Durations durations) throws Exception {
        return new ClosedLoop(1, durations.warmUp(), durations.measured()).run(thread -> this::append);
    }

    /** Puts what came of it into the report. */
    public static void report(String when, Timed timed, Report report) {
        report.add(Row.of("disk", "append 4 KiB + fdatasync" + when, timed.perSecond(), "/s"));
        report.add(Row.of("disk", "append 4 KiB + fdatasync" + when + ", p50", timed.millis(50), "ms"));
        report.add(Row.of("disk", "append 4 KiB + fdatasync" + when + ", p99", timed.millis(99), "ms"));
    }

    private void append() throws IOException {
        block.clear();
        while (block.hasRemaining()) {
            channel.write(block);
        }
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }
}
