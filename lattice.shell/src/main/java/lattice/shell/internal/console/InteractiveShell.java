package lattice.shell.internal.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import lattice.kernel.node.Node;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.output.Printable;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.session.Leave;
import lattice.shell.internal.session.Sessions;
import lattice.shell.internal.session.ShellSession;
import org.apache.felix.gogo.jline.ParsedLineImpl;
import org.apache.felix.gogo.jline.Parser;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.InfoCmp.Capability;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A shell for a person at a terminal: the node's own, which the node stops with, or one that is attached to it. */
public final class InteractiveShell implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InteractiveShell.class);
    private static final String HISTORY = "shell.history";
    private static final Map<Capability, String> NORMAL_KEYS = Map.of(Capability.key_up, "\u001b[A", Capability.key_down,
            "\u001b[B", Capability.key_right, "\u001b[C", Capability.key_left, "\u001b[D", Capability.key_home, "\u001b[H",
            Capability.key_end, "\u001b[F");

    private final BooleanSupplier stopped;
    private final Terminal terminal;
    private final ShellSession session;
    private final LineReader reader;
    private final Optional<String> shortId;
    private final Optional<Path> home;
    private final boolean colours;
    private final boolean attached;
    private final Leave leave = new Leave();

    /**
     * @param terminal closed with the shell
     * @param attached whether the node outlives this shell
     * @param stopped whether the node is to stop or stops; the thread that reads is interrupted then
     */
    InteractiveShell(Terminal terminal, boolean colours, Optional<Node> node, boolean attached, Sessions sessions,
            CommandDirectory commands, BooleanSupplier stopped) {
        this.stopped = stopped;
        this.terminal = terminal;
        this.attached = attached;
        this.colours = colours;
        this.session = sessions.open(terminal.input(), terminal.output(), terminal.output(),
                new Screen(true, terminal::getWidth, colours));
        // Where the standard commands look for the terminal.
        session.gogo().put(".terminal", terminal);
        if (attached) {
            leave.offerTo(session.gogo());
        }
        this.shortId = node.map(present -> present.id().shortId());
        this.home = node.map(Node::home);
        this.reader = reader(commands);
    }

    /** What runs here. */
    public ShellSession session() {
        return session;
    }

    /** Reads and runs until the person leaves. */
    public void run() throws InterruptedException {
        terminal.handle(Terminal.Signal.INT, signal -> interrupt());
        banner();
        String prompt = prompt();
        while (!isOver()) {
            try {
                reader.readLine(prompt);
                ParsedLine line = reader.getParsedLine();
                if (!isOver()) {
                    session.run(line instanceof ParsedLineImpl parsed ? parsed.program() : reader.getBuffer().toString());
                }
            } catch (UserInterruptException e) {
                // Ctrl-C at the prompt drops the line; so does a node that stops, which ends the loop.
                LOG.trace("A line was dropped.", e);
            } catch (InterruptedException e) {
                // Ctrl-C that came between the prompt and the command, unless the node stops.
                if (isOver()) {
                    throw e;
                }
            } catch (EndOfFileException e) {
                break;
            }
        }
        if (attached) {
            terminal.writer().println("The node goes on; lattice shell comes back to it, lattice stop stops it.");
            terminal.flush();
        }
    }

    /** What goes on after the ^C that the terminal shows begins on a line of its own. */
    private void interrupt() {
        terminal.writer().println();
        terminal.flush();
        session.interrupt();
    }

    /** Nobody is there any more: nothing more is read, and what runs is to be interrupted. */
    public void hangUp() {
        leave.take();
    }

    private boolean isOver() {
        return leave.taken() || stopped.getAsBoolean();
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
        bindNormalKeys(made);
        session.gogo().put(".reader", made);
        return made;
    }

    /** The keys that move, from a terminal whose keypad sends what it usually does although it was asked for the other. */
    private void bindNormalKeys(LineReader made) {
        KeyMap<Binding> keys = made.getKeyMaps().get(LineReader.MAIN);
        NORMAL_KEYS.forEach((capability, sent) -> {
            String application = KeyMap.key(terminal, capability);
            Binding bound = application == null ? null : keys.getBound(application);
            if (bound != null && keys.getBound(sent) == null) {
                keys.bind(bound, sent);
            }
        });
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
        terminal.writer().println("Type help for the commands, Tab to complete; "
                + (attached ? "Ctrl-D leaves, and the node goes on." : "Ctrl-D stops the node."));
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
