package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Holds a store for one process alone; let go by the system when the process dies. */
final class StoreLock implements AutoCloseable {
    private final FileChannel channel;

    private StoreLock(FileChannel channel) {
        this.channel = channel;
    }

    static StoreLock acquire(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw inUse(file, e);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw inUse(file, null);
        }
        return new StoreLock(channel);
    }

    private static IOException inUse(Path file, Throwable cause) {
        return new IOException("The store in " + file.getParent() + " is in use by another process: stop that one first.",
                cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
