package lattice.testkit.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A node in a process of its own, run from the jar that people run, without a shell. */
public final class NodeProcess implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(90);
    private static final Duration STOPPED = Duration.ofSeconds(45);
    /** What a Java machine ends with on SIGTERM, however orderly its shutdown was: 128 and the signal's number. */
    private static final int TERMINATED = 143;

    private final Path home;
    private final Running process;
    private final Operator operator;

    private NodeProcess(Path home, Running process) {
        this.home = home;
        this.process = process;
        this.operator = new Operator(home);
    }

    /** Starts the node of this build and waits until it is ready and takes commands. */
    public static NodeProcess start(Path home) throws Exception {
        return start(Lattice.here(), home);
    }

    /** Starts a node and waits until it is ready and takes commands. */
    public static NodeProcess start(Lattice lattice, Path home) throws Exception {
        NodeProcess node = new NodeProcess(home, lattice.start("run", "--no-shell", "--home", home.toString()));
        try {
            node.process.awaitPrinted("Lattice is ready");
            Await.that(() -> "the node takes commands; it " + node.process.told(), READY,
                    () -> node.exec("lattice:node").status() == 0);
            return node;
        } catch (Exception | AssertionError e) {
            node.close();
            throw e;
        }
    }

    public Path home() {
        return home;
    }

    public long pid() {
        return process.pid();
    }

    /** Runs a command in the node. */
    public Operator.Answer exec(String command) throws IOException {
        return operator.run(command);
    }

    /** Runs a command that must succeed, and gives what it printed. */
    public String must(String command) throws IOException {
        return operator.must(command);
    }

    /** What it has printed and complained about so far. */
    public String console() throws IOException {
        return process.out() + process.err();
    }

    /** Asks it to stop, as init would, and waits until it has. */
    public void stop() throws Exception {
        process.terminate();
        Result ended = process.await(STOPPED);
        if (ended.exitCode() != TERMINATED) {
            throw new AssertionError("It ended with " + ended.exitCode() + "; it " + process.told());
        }
    }

    /** SIGKILL; the processes that it had started go on. */
    public void kill() throws InterruptedException {
        process.kill();
    }

    /** Kills it, and the processes that it had started. */
    @Override
    public void close() throws IOException, InterruptedException {
        process.close();
    }
}
