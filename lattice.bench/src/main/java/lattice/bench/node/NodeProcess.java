package lattice.bench.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A node in a process of its own, started as a person starts it: {@code java -jar}. */
final class NodeProcess implements AutoCloseable {
    private static final Pattern ESCAPES = Pattern.compile("\u001b(\\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>])");
    private static final Pattern PROMPT = Pattern.compile("lattice [0-9a-f]{8}> ");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int END_OF_INPUT = 4;

    private final Process process;

    private NodeProcess(Process process) {
        this.process = process;
    }

    /** Starts a node with its shell in a terminal of its own. */
    static NodeProcess inTerminal(Path jar, Path home) throws IOException {
        // A terminal without a size has no room for a prompt.
        ProcessBuilder builder = new ProcessBuilder("script", "-qfec",
                "stty cols 120 rows 40; exec " + String.join(" ", command(jar, home)), "/dev/null");
        builder.environment().put("TERM", "xterm");
        return new NodeProcess(builder.redirectErrorStream(true).start());
    }

    /** Starts a node without a shell. */
    static NodeProcess withoutShell(Path jar, Path home) throws IOException {
        List<String> command = command(jar, home);
        command.add("--no-shell");
        return new NodeProcess(new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(home.resolveSibling(home.getFileName() + ".out").toFile()).start());
    }

    private static List<String> command(Path jar, Path home) {
        return new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
                jar.toAbsolutePath().toString(), "run", "--home", home.toAbsolutePath().toString()));
    }

    /** Waits for the shell's prompt. */
    void awaitPrompt() throws IOException {
        // A node that never shows a prompt is ended, and so is the reading of its screen.
        process.onExit().orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).exceptionally(late -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            return process;
        });
        InputStream screen = process.getInputStream();
        StringBuilder shown = new StringBuilder();
        byte[] buffer = new byte[4096];
        for (int length = screen.read(buffer); length >= 0; length = screen.read(buffer)) {
            shown.append(new String(buffer, 0, length, StandardCharsets.UTF_8));
            if (PROMPT.matcher(ESCAPES.matcher(shown).replaceAll("")).find()) {
                return;
            }
        }
        throw new IOException("The node ended before it had a prompt: " + shown);
    }

    /** Waits until the node takes commands. */
    Operator awaitOperator(Path home) throws IOException, InterruptedException {
        Operator operator = new Operator(home);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                operator.run("lattice:node");
                return operator;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    long pid() {
        return process.pid();
    }

    /** Ends the shell, and with it the node. */
    void endShell() throws IOException, InterruptedException {
        process.getOutputStream().write(END_OF_INPUT);
        process.getOutputStream().flush();
        // Whatever it still says must be read, or it may wait for that.
        Thread reader = new Thread(() -> {
            try {
                process.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // It is gone, which is what was asked for.
                return;
            }
        }, "screen");
        reader.setDaemon(true);
        reader.start();
        process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        process.destroy();
        if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
