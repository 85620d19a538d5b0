package lattice.kernel.internal.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file full of zeros that becomes a log's next segment, made beforehand and slowly by a thread of its own. What is written where a
 * file has its blocks already is durable as soon as they are; where a file grows, the file system's journal has to be written too,
 * which takes ten times as long, and all writers wait for it.
 */
final class SpareSegment implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SpareSegment.class);

    private static final String NAME = "spare";
    private static final int STEP_BYTES = 512 * 1024;
    /** 25 MiB in a second at most: who writes meanwhile has the disk nearly for itself. */
    private static final int STEP_MILLIS = 20;
    private static final long PATIENCE_MILLIS = 10_000;

    private final FileLayer files;
    private final Path path;
    private final long bytes;
    private Thread maker;
    private OpenFile ready;
    private boolean closed;

    /** @param bytes how long it is to be */
    SpareSegment(FileLayer files, Path directory, long bytes) {
        this.files = files;
        path = directory.resolve(NAME);
        this.bytes = bytes;
    }

    /** Where it is until it is taken. */
    Path path() {
        return path;
    }

    /** Removes what is left of one that was being made when the node died. */
    void clear() throws IOException {
        files.delete(path);
    }

    /** Has one made, if there is none and none is being made. */
    synchronized void prepare() {
        if (closed || ready != null || maker != null) {
            return;
        }
        maker = new Thread(this::make, "lattice-log-spare");
        maker.setDaemon(true);
        maker.start();
    }

    private void make() {
        OpenFile file = null;
        boolean finished = false;
        try {
            files.delete(path);
            file = files.create(path);
            ByteBuffer zeros = ByteBuffer.allocateDirect(STEP_BYTES);
            for (long at = 0; at < bytes; at += STEP_BYTES) {
                file.write(zeros.clear().limit((int) Math.min(STEP_BYTES, bytes - at)), at);
                file.sync();
                synchronized (this) {
                    if (closed) {
                        return;
                    }
                    wait(STEP_MILLIS);
                }
            }
            finished = true;
        } catch (IOException e) {
            LOG.info("{} could not be made, so the log goes on without: {}", path, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            made(file, finished);
        }
    }

    private synchronized void made(OpenFile file, boolean finished) {
        maker = null;
        notifyAll();
        if (finished && !closed) {
            ready = file;
        } else {
            discard(file);
        }
    }

    private void discard(OpenFile file) {
        try {
            if (file != null) {
                file.close();
            }
            files.delete(path);
        } catch (IOException e) {
            LOG.info("{} could not be removed, which is tried again at the next start: {}", path, e.getMessage());
        }
    }

    synchronized boolean isReady() {
        return ready != null;
    }

    /** The file, if there is one by now: its name, and to close it, are the caller's business then. */
    synchronized Optional<OpenFile> take() {
        Optional<OpenFile> taken = Optional.ofNullable(ready);
        ready = null;
        return taken;
    }

    /** Removes it, be it finished or not. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        boolean interrupted = false;
        for (long left = PATIENCE_MILLIS; maker != null && left > 0; left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
            try {
                wait(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (ready != null) {
            discard(ready);
            ready = null;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
