package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells how long work on a store goes on: in the log of the node now and then and, until the node has started and can be asked,
 * in the file {@code run/starting} of its home, which whoever waits for it reads.
 */
final class StartReport implements Consumer<String>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StartReport.class);
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Path file;
    private long logged = System.nanoTime();
    private boolean started;

    StartReport(Path home) {
        file = home.resolve("run").resolve("starting");
    }

    @Override
    public synchronized void accept(String words) {
        if (System.nanoTime() - logged > LOG_NANOS) {
            logged = System.nanoTime();
            LOG.info("{}", words);
        }
        if (started || !Files.isDirectory(file.getParent())) {
            return;
        }
        Path unfinished = file.resolveSibling("starting.new");
        try {
            Files.writeString(unfinished, words + "\n");
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.debug("How far the start has come can't be told", e);
        }
    }

    /** The node has started, or failed to. */
    @Override
    public synchronized void close() throws IOException {
        started = true;
        Files.deleteIfExists(file);
    }
}
