package lattice.itest.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A node in a process of its own, run from the jar that people run. */
final class NodeProcess implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration STOPPED = Duration.ofSeconds(30);
    /** What a Java machine ends with on SIGTERM, however orderly its shutdown was: 128 and the signal's number. */
    private static final int TERMINATED = 143;

    private final Path home;
    private final Path console;
    private final Process process;

    private NodeProcess(Path home, Path console, Process process) {
        this.home = home;
        this.console = console;
        this.process = process;
    }

    /** Starts a node without a shell and waits until it answers. */
    static NodeProcess start(Path home) throws Exception {
        Path console = Files.createTempFile("lattice-console", ".txt");
        NodeProcess node = new NodeProcess(home, console, launch(home, console, "run", "--no-shell"));
        try {
            Await.that("the node answers; it printed: " + Files.readString(console), READY, () -> {
                if (!node.process.isAlive()) {
                    throw new AssertionError("The node ended with " + node.process.exitValue() + ": "
                            + Files.readString(console));
                }
                return Files.exists(node.socket()) && node.exec("lattice:node").status() == 0;
            });
        } catch (Exception | AssertionError e) {
            node.close();
            throw e;
        }
        return node;
    }

    private static Process launch(Path home, Path console, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
                System.getProperty("lattice.jar")));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(console.toFile());
        Map<String, String> environment = builder.environment();
        environment.put("LATTICE_HOME", home.toString());
        return builder.start();
    }

    private Path socket() {
        return home.resolve("run").resolve("operator.sock");
    }

    /** Runs a command in the node. */
    OperatorClient.Answer exec(String command) throws IOException {
        return OperatorClient.exec(socket(), command);
    }

    /** Runs a command that must succeed, and gives what it printed. */
    String must(String command) throws IOException {
        OperatorClient.Answer answer = exec(command);
        if (answer.status() != 0) {
            throw new AssertionError(command + " answered " + answer.status() + ": " + answer.err() + answer.out());
        }
        return answer.out();
    }

    /** Asks it to stop, as init would, and waits until it has. */
    void stop() throws Exception {
        process.destroy();
        if (!process.waitFor(STOPPED.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("Still running " + STOPPED + " after SIGTERM: " + Files.readString(console));
        }
        if (process.exitValue() != TERMINATED) {
            throw new AssertionError("It ended with " + process.exitValue() + ": " + Files.readString(console));
        }
    }

    /** SIGKILL. */
    void kill() throws Exception {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws Exception {
        kill();
        Files.deleteIfExists(console);
    }
}
