package lattice.launcher.internal;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Properties;

/**
 * One node to a home: a lock that the operating system takes back when the process dies, on a file that says who holds
 * it. The file stays when the lock goes; only the lock counts.
 */
final class HomeLock implements AutoCloseable {
    /** Another process that looks whether the home is taken holds the lock for a moment, too. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final long RETRY_MILLIS = 20;

    private final FileChannel channel;

    private HomeLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Who holds a home.
     *
     * @param pid its process
     * @param since when it took the lock
     */
    record Holder(long pid, Instant since) {
    }

    /** Takes the home for this process until closed. */
    static HomeLock acquire(NodeHome home) throws LauncherException {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(home.lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!lockWithin(channel, PATIENCE)) {
                channel.close();
                throw new LauncherException(ExitCode.FAILED, "A node" + readHolder(home.lockFile())
                        .map(holder -> " (pid " + holder.pid() + ")").orElse("") + " already runs in " + home.root()
                        + ": stop it with `lattice stop --home " + home.root() + "`, or choose another home with --home.");
            }
            channel.truncate(0);
            String holder = "pid=" + ProcessHandle.current().pid() + "\nsince=" + Instant.now() + "\n";
            channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
            return new HomeLock(channel);
        } catch (IOException e) {
            closeAfter(channel, e);
            throw new LauncherException(ExitCode.FAILED, "The node's home can't be locked with " + home.lockFile() + " ("
                    + e.getMessage() + "): check its permissions.", e);
        }
    }

    /** Who holds a home now; nobody if no node runs in it. */
    static Optional<Holder> holder(NodeHome home) throws LauncherException {
        if (!Files.exists(home.lockFile())) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(home.lockFile(), StandardOpenOption.WRITE)) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!tryLock(channel)) {
                Optional<Holder> holder = readHolder(home.lockFile());
                if (holder.isPresent()) {
                    return holder;
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new LauncherException(ExitCode.FAILED, "A node holds " + home.lockFile()
                            + ", but the file does not say which process: look for it with `ps`.");
                }
                pause();
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "Whether a node runs can't be seen from " + home.lockFile() + " ("
                    + e.getMessage() + "): ask as the owner of the node.", e);
        }
    }

    private static boolean lockWithin(FileChannel channel, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            if (tryLock(channel)) {
                return true;
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            pause();
        }
    }

    /** A moment; none if the thread is interrupted, so that a loop that pauses must have an end of its own. */
    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // This very process holds it: two nodes in one JVM are two nodes all the same.
            return false;
        }
    }

    private static Optional<Holder> readHolder(Path file) {
        try {
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file)));
            return Optional.of(new Holder(Long.parseLong(properties.getProperty("pid", "")),
                    Instant.parse(properties.getProperty("since", ""))));
        } catch (IOException | NumberFormatException | DateTimeParseException e) {
            // The holder has the lock and has not yet written its name: known to be there, not yet known who.
            return Optional.empty();
        }
    }

    private static void closeAfter(FileChannel channel, IOException cause) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
