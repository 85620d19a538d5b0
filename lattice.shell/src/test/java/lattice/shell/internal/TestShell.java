package lattice.shell.internal;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import lattice.shell.Command;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.command.CommandFunction;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.session.Sessions;
import lattice.shell.internal.session.ShellSession;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;

/** Gogo with commands in it, and a session whose output is kept. */
public final class TestShell implements AutoCloseable, CommandDirectory {
    private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
    private final TreeMap<String, Command> commands = new TreeMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ShellSession session;

    public TestShell(Screen screen, Command... all) {
        for (Command command : all) {
            String name = command.syntax().name();
            commands.put(name, command);
            processor.addCommand(SCOPE, new CommandFunction(name, call -> call.with(command)), name);
        }
        Posix posix = new Posix(processor);
        List.of("cat", "echo", "grep", "head", "sleep").forEach(name -> processor.addCommand("gogo", posix, name));
        Procedural procedural = new Procedural();
        List.of("each", "if", "not", "try").forEach(name -> processor.addCommand("gogo", procedural, name));
        session = sessions().open(InputStream.nullInputStream(), out, err, screen);
    }

    public Sessions sessions() {
        return new Sessions(processor);
    }

    public ShellSession session() {
        return session;
    }

    public int run(String program) throws InterruptedException {
        return session.run(program);
    }

    /** What was printed since this was last asked. */
    public String out() {
        return take(out);
    }

    /** What was printed to standard error since this was last asked. */
    public String err() {
        return take(err);
    }

    /** What was printed so far. */
    public String outSoFar() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Override
    public List<String> names() {
        return List.copyOf(commands.keySet());
    }

    @Override
    public <R> Optional<R> use(String name, Use<R> use) throws Exception {
        Command command = commands.get(name);
        return command == null ? Optional.empty() : Optional.ofNullable(use.with(command));
    }

    @Override
    public void close() {
        session.close();
        processor.stop();
    }

    private static String take(ByteArrayOutputStream stream) {
        synchronized (stream) {
            String text = stream.toString(StandardCharsets.UTF_8);
            stream.reset();
            return text;
        }
    }
}
