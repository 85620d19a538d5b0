package lattice.shell.internal.console;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import lattice.kernel.node.Node;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.session.NodeExit;
import lattice.shell.internal.session.Readiness;
import lattice.shell.internal.session.Sessions;
import lattice.shell.internal.session.ShellSession;
import org.jline.terminal.Terminal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell at the node's own standard input and output. It opens once the node is ready; what it is to be is said by
 * framework properties.
 */
@Component(service = {}, immediate = true)
public final class Console {
    /** Framework property: {@code interactive}, {@code pipe}, {@code command} or {@code none} (the default). */
    static final String MODE = "lattice.shell.mode";
    /** Framework property: the program to run in mode {@code command}. */
    static final String COMMAND = "lattice.shell.command";

    /** Framework property: programs, one to a line, to run first in every mode. */
    static final String STARTUP = "lattice.shell.startup";

    private static final Logger LOG = LoggerFactory.getLogger(Console.class);
    private static final long PATIENCE_SECONDS = 60;
    private static final long FIRST_WORD_SECONDS = 5;
    private static final long STOP_SECONDS = 5;

    private final BundleContext context;
    private final Sessions sessions;
    private final CommandDirectory commands;
    private final NodeExit exit;
    private final Readiness readiness;
    // System.out is Gogo's by now and leads to the command whose thread asks.
    private final PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
    private final PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true);
    private final List<String> programs;
    private final Thread thread;
    private volatile boolean stopping;

    private enum Mode {
        INTERACTIVE, PIPE, COMMAND, NONE;

        static Mode of(String name) {
            for (Mode mode : values()) {
                if (mode.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return mode;
                }
            }
            throw new IllegalArgumentException("The framework property " + MODE
                    + " is interactive, pipe, command or none, not '" + name + "'.");
        }
    }

    @Activate
    public Console(BundleContext context, @Reference Sessions sessions, @Reference CommandDirectory commands,
            @Reference NodeExit exit, @Reference Readiness readiness) {
        this.context = context;
        this.sessions = sessions;
        this.commands = commands;
        this.exit = exit;
        this.readiness = readiness;
        Mode mode = Mode.of(property(MODE).orElse("none"));
        this.programs = property(STARTUP).map(lines -> lines.lines().toList()).orElse(List.of());
        this.thread = new Thread(() -> open(mode), "lattice-shell");
        thread.setDaemon(true);
        if (mode != Mode.NONE || !programs.isEmpty()) {
            thread.start();
        }
    }

    @Deactivate
    void close() throws InterruptedException {
        stopping = true;
        if (thread != Thread.currentThread()) {
            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        }
    }

    private void open(Mode mode) {
        int code = ShellSession.FAILED;
        try {
            boolean ready = awaitReady();
            if (ready) {
                startUp();
            }
            // A node that does not get ready is one that its owner wants to look into.
            if (ready || mode == Mode.INTERACTIVE) {
                code = run(mode);
            }
        } catch (InterruptedException e) {
            code = stopping ? 0 : ShellSession.FAILED;
        } catch (IOException | RuntimeException | LinkageError e) {
            if (!stopping) {
                LOG.error("The shell ended unexpectedly.", e);
                err.println("The shell ended unexpectedly: " + e + "; the log has the details.");
            }
        } finally {
            if (mode != Mode.NONE) {
                System.setProperty(NodeExit.CODE, String.valueOf(code));
                if (!stopping) {
                    exit.request();
                }
            }
        }
    }

    private int run(Mode mode) throws IOException, InterruptedException {
        switch (mode) {
            case INTERACTIVE -> {
                Terminal terminal = SystemTerminal.open();
                try (InteractiveShell shell = new InteractiveShell(terminal, SystemTerminal.showsColours(terminal), node(),
                        false, sessions, commands, () -> stopping || exit.requested())) {
                    shell.run();
                }
                return 0;
            }
            case PIPE -> {
                try (ShellSession session = open(Screen.NONE)) {
                    return new PipeShell(session, exit::requested).run(new FileInputStream(FileDescriptor.in));
                }
            }
            case COMMAND -> {
                if (!SystemTerminal.isThere()) {
                    return command(Screen.NONE);
                }
                try (Terminal terminal = SystemTerminal.open()) {
                    return command(new Screen(true, terminal::getWidth, SystemTerminal.showsColours(terminal)));
                }
            }
            default -> {
                return 0;
            }
        }
    }

    private int command(Screen screen) throws InterruptedException {
        try (ShellSession session = open(screen)) {
            return session.run(property(COMMAND).orElse(""));
        }
    }

    /** Runs what the launcher wants done first; what fails says so and keeps nothing else from running. */
    private void startUp() throws InterruptedException {
        if (programs.isEmpty()) {
            return;
        }
        try (ShellSession session = open(Screen.NONE)) {
            for (String program : programs) {
                session.run(program);
            }
        }
    }

    private ShellSession open(Screen screen) {
        return sessions.open(InputStream.nullInputStream(), out, err, screen);
    }

    /** A shell opens without a node, too: to see why there is none. */
    private Optional<Node> node() {
        ServiceReference<Node> reference = context.getServiceReference(Node.class);
        Optional<Node> node = Optional.ofNullable(reference == null ? null : context.getService(reference));
        node.ifPresent(found -> context.ungetService(reference));
        return node;
    }

    private Optional<String> property(String name) {
        return Optional.ofNullable(context.getProperty(name));
    }

    /** Waits until the node is ready, and says what it waits for if that takes long. */
    private boolean awaitReady() throws InterruptedException {
        if (readiness.await(FIRST_WORD_SECONDS)) {
            return true;
        }
        err.println("Waiting for the node: " + missing() + ".");
        if (readiness.await(PATIENCE_SECONDS - FIRST_WORD_SECONDS)) {
            return true;
        }
        err.println("The node is not ready after " + PATIENCE_SECONDS + " s: " + missing()
                + "; the log in the node's home says why.");
        return false;
    }

    private String missing() {
        String what = context.getServiceReference(Node.class) == null ? "its stores are not open yet"
                : "it has not gone through its services yet";
        String idle = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE
                        && bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                .map(Bundle::getSymbolicName)
                .collect(Collectors.joining(", "));
        return idle.isEmpty() ? what : what + " (bundles that have not started: " + idle + ")";
    }
}
