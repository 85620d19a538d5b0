package lattice.launcher.internal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The program {@code lattice}: reads the command line, does what it says, and ends with its exit code. */
public final class Main {
    /** Before what this program says of itself, as programs do on standard error. */
    static final String PREFIX = "lattice: ";

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;

    Main(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    public static void main(String[] words) {
        System.exit(new Main(System.getenv(), System.out, System.err).run(List.of(words)));
    }

    int run(List<String> words) {
        try {
            return invoke(new CommandLine(environment).parse(words));
        } catch (UsageException e) {
            err.println(PREFIX + e.getMessage() + " See `lattice --help`.");
            return ExitCode.USAGE.code();
        } catch (LauncherException e) {
            err.println(PREFIX + e.getMessage());
            return e.exitCode().code();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED.code();
        } catch (IOException e) {
            err.println(PREFIX + "The distribution can't be read: " + e.getMessage());
            return ExitCode.FAILED.code();
        }
    }

    private int invoke(Invocation invocation) throws LauncherException, InterruptedException, IOException {
        if (invocation instanceof Invocation.Run run) {
            return node(settings(run));
        } else if (invocation instanceof Invocation.Demo) {
            return node(Demo.settings(ShellMode.ofStandardInput()));
        } else if (invocation instanceof Invocation.Restore restore) {
            if (!Files.isRegularFile(restore.backup()) || !Files.isReadable(restore.backup())) {
                throw new LauncherException(ExitCode.FAILED, "There is no backup that you can read at " + restore.backup()
                        + ": give the file that lattice:backup made.");
            }
            int code = node(new NodeSettings(restore.home(), ShellMode.COMMAND, List.of(), "lattice:digest; lattice:digest meta",
                    Optional.of(restore.backup()), false));
            if (code == ExitCode.OK.code()) {
                out.println("The node is in " + restore.home().root() + " as it was backed up, checked by digest. Its consents are back to"
                        + " Manual, its tokens and open invites are void. Don't run it beside the node that it was made of.");
            }
            return code;
        } else if (invocation instanceof Invocation.Start start) {
            new BackgroundNode(start.home(), out, err).start();
            return ExitCode.OK.code();
        } else if (invocation instanceof Invocation.Stop stop) {
            new BackgroundNode(stop.home(), out, err).stop();
            return ExitCode.OK.code();
        } else if (invocation instanceof Invocation.Status status) {
            BackgroundNode node = new BackgroundNode(status.home(), out, err);
            if (status.await()) {
                node.awaitCommands(status.pid());
            }
            return node.status(Terminal.ofStandardOutput(environment)).code();
        } else if (invocation instanceof Invocation.Exec exec) {
            return exec(exec);
        } else if (invocation instanceof Invocation.Service) {
            try (Distribution distribution = Distribution.open()) {
                return new ServiceProcess(environment, distribution).run();
            }
        } else if (invocation instanceof Invocation.Shell shell) {
            return shell(shell);
        } else if (invocation instanceof Invocation.Logs logs) {
            LogFile.of(logs.home(), logs.name()).print(logs.lines(), logs.follow(), out);
            return ExitCode.OK.code();
        } else if (invocation instanceof Invocation.Version) {
            try (Distribution distribution = Distribution.open()) {
                out.println("Lattice " + distribution.version());
            }
            return ExitCode.OK.code();
        } else if (invocation instanceof Invocation.Help) {
            out.print(CommandLine.HELP);
            return ExitCode.OK.code();
        }
        throw new IllegalStateException("Nobody knows how to do " + invocation + ".");
    }

    private int node(NodeSettings settings) throws LauncherException, IOException {
        try (Distribution distribution = Distribution.open()) {
            return new NodeProcess(settings, distribution, out, err).run();
        }
    }

    private static NodeSettings settings(Invocation.Run run) {
        ShellMode shell = run.commands().isPresent() ? ShellMode.COMMAND
                : run.shell() ? ShellMode.ofStandardInput()
                : ShellMode.NONE;
        return new NodeSettings(run.home(), shell, List.of(), run.commands().orElse(""), Optional.empty(),
                false);
    }

    private int exec(Invocation.Exec exec) throws LauncherException {
        return running(exec.home()).run(exec.command(), Terminal.ofStandardOutput(environment), out, err);
    }

    private int shell(Invocation.Shell shell) throws LauncherException, IOException {
        OperatorClient operator = running(shell.home());
        if (ShellMode.ofStandardInput() != ShellMode.INTERACTIVE) {
            throw new LauncherException(ExitCode.FAILED,
                    "`lattice shell` is for a person at a terminal; `lattice exec` runs a command anywhere.");
        }
        Terminal terminal = Terminal.ofStandardOutput(environment);
        try (RawTerminal raw = RawTerminal.open()) {
            return operator.shell(new FileInputStream(FileDescriptor.in), terminal, environment.getOrDefault("TERM", "dumb"),
                    out, err);
        }
    }

    private static OperatorClient running(NodeHome home) throws LauncherException {
        if (HomeLock.holder(home).isEmpty()) {
            throw new LauncherException(ExitCode.NOT_RUNNING, "No node runs in " + home.root()
                    + ": start one with `lattice start`, or name its home with --home.");
        }
        return new OperatorClient(home);
    }
}
