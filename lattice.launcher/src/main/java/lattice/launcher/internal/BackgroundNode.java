package lattice.launcher.internal;

import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** A node in a process of its own: starting it, stopping it, asking whether it runs. */
final class BackgroundNode {
    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    /** Longer than a node gives itself, so that it can say what it was waiting for. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(45);
    private static final long POLL_MILLIS = 25;
    private static final long PROGRESS_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MAX_LAST_WORDS = 2_000;

    private final NodeHome home;
    private final PrintStream out;
    private final PrintStream err;

    BackgroundNode(NodeHome home, PrintStream out, PrintStream err) {
        this.home = home;
        this.out = out;
        this.err = err;
    }

    /** Starts a node and waits until it takes commands. */
    void start() throws LauncherException, InterruptedException {
        home.create();
        Optional<HomeLock.Holder> holder = HomeLock.holder(home);
        if (holder.isPresent()) {
            out.println("A node (pid " + holder.get().pid() + ") already runs in " + home.root() + ".");
            return;
        }
        long printedBefore = home.console().toFile().length();
        Process process = launch();
        if (!awaitCommands(process::isAlive)) {
            throw process.isAlive() ? new LauncherException(ExitCode.FAILED, "The node (pid " + process.pid()
                    + ") was not ready within " + START_LIMIT.toMinutes() + " minutes; what it does is in " + home.log() + ".")
                    : new LauncherException(ExitCode.of(process.waitFor()), lastWords(printedBefore));
        }
        out.println("Lattice runs in " + home.root() + " (pid " + process.pid() + "): lattice shell, exec, logs, status and stop talk to it.");
    }

    /** Ends a node and waits until it is gone. */
    void stop() throws LauncherException, InterruptedException {
        Optional<HomeLock.Holder> holder = HomeLock.holder(home);
        if (holder.isEmpty()) {
            out.println("No node runs in " + home.root() + ".");
            return;
        }
        long pid = holder.get().pid();
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        if (process.isEmpty() || !process.get().destroy()) {
            throw new LauncherException(ExitCode.FAILED,
                    "The node (pid " + pid + ") can't be sent a signal: stop it as the user who started it.");
        }
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        while (HomeLock.holder(home).isPresent() || process.get().isAlive()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new LauncherException(ExitCode.FAILED, "The node (pid " + pid + ") did not stop within "
                        + STOP_LIMIT.toSeconds() + " s: `kill -9 " + pid + "` ends it; what it acknowledged is safe.");
            }
            Thread.sleep(POLL_MILLIS);
        }
        out.println("The node (pid " + pid + ") has stopped.");
    }

    /**
     * Waits until a node runs and takes commands, whoever starts it.
     *
     * @param pid of the process that is to become it, if that is known
     */
    void awaitCommands(OptionalLong pid) throws LauncherException, InterruptedException {
        BooleanSupplier isAlive = () -> pid.isEmpty()
                || ProcessHandle.of(pid.getAsLong()).filter(ProcessHandle::isAlive).isPresent();
        if (!awaitCommands(isAlive)) {
            throw new LauncherException(ExitCode.NOT_RUNNING, isAlive.getAsBoolean() ? "No node took commands in "
                    + home.root() + " within " + START_LIMIT.toMinutes() + " minutes."
                    : "The process " + pid.getAsLong() + " has ended, and no node takes commands in " + home.root() + ".");
        }
    }

    /** Waits as long as the node is alive and gets on; whether it takes commands then. */
    private boolean awaitCommands(BooleanSupplier isAlive) throws InterruptedException {
        OperatorClient operator = new OperatorClient(home);
        StartProgress progress = new StartProgress(home);
        long told = System.nanoTime();
        long deadline = told + START_LIMIT.toNanos();
        while (!operator.answers()) {
            if (System.nanoTime() - told > PROGRESS_NANOS) {
                told = System.nanoTime();
                Optional<String> news = progress.news();
                news.ifPresent(out::println);
                deadline = news.isPresent() ? told + START_LIMIT.toNanos() : deadline;
            }
            if (!isAlive.getAsBoolean() || System.nanoTime() - deadline >= 0) {
                return false;
            }
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }

    /** Says whether a node runs and, if it takes commands, what it says of itself. */
    ExitCode status(Terminal terminal) throws LauncherException {
        Optional<HomeLock.Holder> holder = HomeLock.holder(home);
        if (holder.isEmpty()) {
            out.println("No node runs in " + home.root() + ".");
            return ExitCode.NOT_RUNNING;
        }
        Duration up = Duration.between(holder.get().since(), Instant.now());
        out.println("A node runs in " + home.root() + ", pid " + holder.get().pid() + ", for " + words(up) + ".");
        OperatorClient operator = new OperatorClient(home);
        if (operator.answers()) {
            operator.run("lattice:node", terminal, out, err);
        } else {
            out.println("It is starting, and does not take commands yet. " + new StartProgress(home).words()
                    .orElse("What it does is in " + home.log() + "."));
        }
        return ExitCode.OK;
    }

    private Process launch() throws LauncherException {
        List<String> command = new ArrayList<>();
        // A session of its own: neither the terminal's end nor its Ctrl-C reaches the node.
        if (onPath("setsid")) {
            command.add("setsid");
        } else {
            command.addAll(List.of("sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-jar", Distribution.file().toString(), "run", "--no-shell", "--home", home.root().toString()));
        try {
            return new ProcessBuilder(command)
                    .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(home.console().toFile()))
                    .start();
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "The node's process can't be started: " + e.getMessage(), e);
        }
    }

    private static boolean onPath(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (!directory.isEmpty() && Path.of(directory, program).toFile().canExecute()) {
                return true;
            }
        }
        return false;
    }

    /** Why the process died, in its own words. */
    private String lastWords(long printedBefore) {
        try (RandomAccessFile file = new RandomAccessFile(home.console().toFile(), "r")) {
            file.seek(Math.max(printedBefore, file.length() - MAX_LAST_WORDS));
            byte[] words = new byte[(int) (file.length() - file.getFilePointer())];
            file.readFully(words);
            String text = new String(words, StandardCharsets.UTF_8);
            return text.lines().filter(line -> line.startsWith(Main.PREFIX)).reduce((earlier, later) -> later)
                    .map(line -> line.substring(Main.PREFIX.length()))
                    .orElse("The node did not start: see " + home.log() + " and " + home.console() + ".");
        } catch (IOException e) {
            return "The node did not start: see " + home.log() + ".";
        }
    }

    /** Such as {@code 3 h 5 min}. */
    static String words(Duration duration) {
        long seconds = Math.max(duration.toSeconds(), 0);
        Map<String, Long> units = new LinkedHashMap<>();
        units.put("d", seconds / 86_400);
        units.put("h", seconds / 3_600 % 24);
        units.put("min", seconds / 60 % 60);
        units.put("s", seconds % 60);
        List<String> parts = new ArrayList<>();
        units.forEach((unit, count) -> {
            if ((count > 0 || unit.equals("s") && parts.isEmpty()) && parts.size() < 2) {
                parts.add(count + " " + unit);
            }
        });
        return String.join(" ", parts);
    }
}
