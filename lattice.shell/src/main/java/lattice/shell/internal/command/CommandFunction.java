package lattice.shell.internal.command;

import java.nio.charset.StandardCharsets;
import java.util.List;
import lattice.api.store.StoreException;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.internal.output.JsonOutput;
import lattice.shell.internal.output.OutputClosedException;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.output.TextOutput;
import lattice.shell.internal.session.Failure;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Process;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command as Gogo calls it. */
public final class CommandFunction implements Function {
    private static final Logger LOG = LoggerFactory.getLogger(CommandFunction.class);

    private final String name;
    private final Holder holder;

    public CommandFunction(String name, Holder holder) {
        this.name = name;
        this.holder = holder;
    }

    /** Lends the command for one call. */
    @FunctionalInterface
    public interface Holder {
        void lend(CommandDirectory.Use<Void> call) throws Exception;
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        Process process = Process.Utils.current();
        Screen screen = screen(session, process);
        try {
            holder.lend(command -> {
                run(command, Words.of(arguments, process), session, process, screen);
                return null;
            });
            return null;
        } catch (OutputClosedException e) {
            return null;
        } catch (InterruptedException e) {
            if (isLast(process)) {
                throw e;
            }
            process.error(1);
            return null;
        } catch (CommandException | StoreException e) {
            return fail(session, process, screen, new CommandException(e.getMessage(), e));
        } catch (Exception | LinkageError | StackOverflowError e) {
            LOG.error("The command {}:{} failed.", CommandDirectory.SCOPE, name, e);
            return fail(session, process, screen, new CommandException(CommandDirectory.SCOPE + ":" + name + " failed: "
                    + Failure.describe(e) + "; lattice:log has the details.", e));
        }
    }

    private static void run(Command command, List<String> words, CommandSession session, Process process, Screen screen)
            throws Exception {
        CommandLineParser parser = new CommandLineParser(command.syntax());
        CommandLineParser.Line line = parser.parse(words, session.currentDir());
        if (line.help()) {
            byte[] help = parser.help(screen.colours(), screen.columns()).getBytes(StandardCharsets.UTF_8);
            process.out().write(help, 0, help.length);
        } else if (line.json()) {
            try (JsonOutput output = new JsonOutput(process.out(), screen)) {
                command.run(line.arguments(), output);
            }
        } else {
            command.run(line.arguments(), new TextOutput(process.out(), process.err(), screen));
        }
    }

    /** The last command of a pipe stops its program; one before it says its line, and the pipe has failed. */
    private static Object fail(CommandSession session, Process process, Screen screen, CommandException why)
            throws CommandException {
        if (isLast(process)) {
            throw why;
        }
        Failure.report(why, process.err(), screen);
        Failure.remember(session);
        process.error(1);
        return null;
    }

    private static boolean isLast(Process process) {
        List<Process> pipe = process.job().processes();
        return pipe.get(pipe.size() - 1) == process;
    }

    private static Screen screen(CommandSession session, Process process) {
        Screen screen = session.get(Screen.VARIABLE) instanceof Screen known ? known : Screen.NONE;
        return reachesTerminal(process) ? screen : new Screen(false, screen.width(), false);
    }

    /** Whether the output isn't redirected, captured or piped on the way, by this statement or one around it. */
    private static boolean reachesTerminal(Process process) {
        if (!process.isTty(1)) {
            return false;
        }
        for (Job job = process.job().parent(); job != null; job = job.parent()) {
            if (job.processes().stream().anyMatch(outer -> !outer.isTty(1))) {
                return false;
            }
        }
        return true;
    }
}
