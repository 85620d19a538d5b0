package lattice.launcher.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** What a node that takes long to start is at: a line in a file of its home, which the kernel writes and takes away again. */
final class StartProgress {
    private static final int MAX_BYTES = 1000;
    private static final long EVERY_MILLIS = 1000;

    private final Path file;
    private String last = "";

    StartProgress(NodeHome home) {
        file = home.run().resolve("starting");
    }

    /** Takes away what a node that was killed has left. */
    void clear() throws LauncherException {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, file + " can't be removed: " + e.getMessage(), e);
        }
    }

    /** What the node is at, if it says so. */
    Optional<String> words() {
        try {
            if (Files.size(file) > MAX_BYTES) {
                return Optional.empty();
            }
            return Optional.of(Files.readString(file, StandardCharsets.UTF_8).strip()).filter(words -> !words.isEmpty());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("What it is at can't be read: " + e.getMessage());
        }
    }

    /** What the node is at, if that has changed since this was called last. */
    Optional<String> news() {
        Optional<String> now = words().filter(words -> !words.equals(last));
        now.ifPresent(words -> last = words);
        return now;
    }

    /** Tells what changes, once a second on a thread of its own, until told to stop. */
    void follow(Consumer<String> told, BooleanSupplier stop) {
        Thread thread = new Thread(() -> {
            try {
                while (!stop.getAsBoolean()) {
                    Thread.sleep(EVERY_MILLIS);
                    news().ifPresent(told);
                }
            } catch (InterruptedException e) {
                // Nobody interrupts this thread; if somebody did, it means that the watch is over.
                Thread.currentThread().interrupt();
            }
        }, "lattice-start-progress");
        thread.setDaemon(true);
        thread.start();
    }
}
