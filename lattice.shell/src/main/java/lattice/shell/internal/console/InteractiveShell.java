package lattice.shell.internal.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import lattice.kernel.node.Node;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.output.Printable;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.session.Sessions;
import lattice.shell.internal.session.ShellSession;
import org.apache.felix.gogo.jline.ParsedLineImpl;
import org.apache.felix.gogo.jline.Parser;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A shell for a person at a terminal. */
final class InteractiveShell implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InteractiveShell.class);
    private static final String HISTORY = "shell.history";

    private final BooleanSupplier stopped;
    private final Terminal terminal;
    private final ShellSession session;
    private final LineReader reader;
    private final Optional<String> shortId;
    private final Optional<Path> home;
    private final boolean colours;

    /**
     * @param terminal closed with the shell
     * @param stopped whether the node is to stop or stops; the thread that reads is interrupted then
     */
    InteractiveShell(Terminal terminal, BundleContext context, Sessions sessions, CommandDirectory commands, BooleanSupplier stopped) {
        this.stopped = stopped;
        this.terminal = terminal;
        this.colours = SystemTerminal.showsColours(terminal);
        this.session = sessions.open(terminal.input(), terminal.output(), terminal.output(),
                new Screen(true, terminal::getWidth, colours));
        // Where the standard commands look for the terminal.
        session.gogo().put(".terminal", terminal);
        ServiceReference<Node> node = context.getServiceReference(Node.class);
        Optional<Node> found = Optional.ofNullable(node == null ? null : context.getService(node));
        this.shortId = found.map(present -> present.id().shortId());
        this.home = found.map(Node::home);
        if (found.isPresent()) {
            context.ungetService(node);
        }
        this.reader = reader(commands);
    }

    /** Reads and runs until the person leaves. */
    void run() throws InterruptedException {
        terminal.handle(Terminal.Signal.INT, signal -> session.interrupt());
        banner();
        String prompt = prompt();
        while (!stopped.getAsBoolean()) {
            try {
                reader.readLine(prompt);
                ParsedLine line = reader.getParsedLine();
                session.run(line instanceof ParsedLineImpl parsed ? parsed.program() : reader.getBuffer().toString());
            } catch (UserInterruptException e) {
                // Ctrl-C at the prompt drops the line; so does a node that stops, which ends the loop.
                LOG.trace("A line was dropped.", e);
            } catch (EndOfFileException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        session.close();
        try {
            reader.getHistory().save();
        } catch (IOException e) {
            LOG.warn("The shell's history could not be saved.", e);
        }
        try {
            terminal.close();
        } catch (IOException e) {
            LOG.warn("The terminal could not be put back as it was.", e);
        }
    }

    private LineReader reader(CommandDirectory commands) {
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("lattice")
                .parser(new Parser())
                .completer(new CommandCompleter(commands, session))
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P ... ")
                .option(LineReader.Option.AUTO_FRESH_LINE, true)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_IGNORE_SPACE, true);
        home.flatMap(InteractiveShell::history).ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        LineReader made = builder.build();
        session.gogo().put(".reader", made);
        return made;
    }

    /** What was typed may hold what nobody else should read. */
    private static Optional<Path> history(Path home) {
        Path file = home.resolve(HISTORY);
        try {
            if (!Files.exists(file)) {
                Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            return Optional.of(file);
        } catch (IOException e) {
            LOG.warn("The shell keeps no history: {} can't be made.", file, e);
            return Optional.empty();
        }
    }

    private void banner() {
        terminal.writer().println(shortId
                .map(id -> "Lattice node " + id + home.map(path -> ", home " + Printable.line(path.toString())).orElse(""))
                .orElse("Lattice, without a node: lattice:log says why it did not start"));
        terminal.writer().println("Type help for the commands, Tab to complete; Ctrl-D stops the node.");
        terminal.flush();
    }

    private String prompt() {
        AttributedString prompt = new AttributedStringBuilder()
                .styled(AttributedStyle.BOLD, "lattice")
                .append(shortId.map(id -> " " + id).orElse(""))
                .append("> ")
                .toAttributedString();
        return colours ? prompt.toAnsi(terminal) : prompt.toString();
    }
}
