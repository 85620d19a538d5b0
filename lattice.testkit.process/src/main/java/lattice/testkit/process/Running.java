package lattice.testkit.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A running program. Closing it ends it, and what it had started, at once. */
public final class Running implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final Path out;
    private final Path err;
    private final Set<ProcessHandle> children = new LinkedHashSet<>();

    Running(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Gives it text on standard input, and the end of it. */
    void say(String input) throws IOException {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** What it has printed so far. */
    public String out() throws IOException {
        return Files.readString(out);
    }

    /** What it has complained about so far. */
    public String err() throws IOException {
        return Files.readString(err);
    }

    /** Waits until it has printed something. */
    public void awaitPrinted(String text) throws Exception {
        Await.that(() -> "'" + text + "' is printed; it " + told(), PATIENCE, () -> {
            if (out().contains(text)) {
                return true;
            }
            if (!process.isAlive()) {
                throw new AssertionError("It ended with " + process.exitValue() + " before it printed '" + text + "'; it " + told());
            }
            return false;
        });
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL, and waits until it is gone; what it had started goes on. */
    public void kill() throws InterruptedException {
        process.descendants().forEach(children::add);
        process.destroyForcibly().waitFor();
    }

    /** Waits until it ends by itself. */
    public Result await() throws IOException, InterruptedException {
        return await(PATIENCE);
    }

    /** Waits until it ends by itself, but not longer than that. */
    public Result await(Duration patience) throws IOException, InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
            throw new AssertionError("It has not ended after " + patience.toSeconds() + " s; it " + told());
        }
        return new Result(process.exitValue(), out(), err());
    }

    /** What it said, for the person who reads why a test failed. */
    String told() {
        try {
            return "printed:\n" + out() + "\nand complained:\n" + err();
        } catch (IOException e) {
            return "printed what can't be read (" + e.getMessage() + ")";
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        kill();
        children.forEach(ProcessHandle::destroyForcibly);
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
    }
}
