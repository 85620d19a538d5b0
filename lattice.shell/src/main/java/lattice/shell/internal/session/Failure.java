package lattice.shell.internal.session;

import java.io.EOFException;
import java.io.PrintStream;
import java.util.concurrent.CancellationException;
import lattice.api.store.StoreException;
import lattice.shell.CommandException;
import lattice.shell.internal.output.Screen;
import lattice.shell.internal.output.TextOutput;
import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.apache.felix.gogo.runtime.SyntaxError;
import org.apache.felix.service.command.CommandSession;

/** How a statement's failure is told: one line, and what the session remembers of it. */
public final class Failure {
    private static final String VARIABLE = ".lattice.failed";

    private Failure() {
    }

    /** Prints why something failed. */
    public static void report(Throwable why, PrintStream err, Screen screen) {
        TextOutput.error(err, screen, line(why));
    }

    /** Notes that a command before the end of a pipe failed. */
    public static void remember(CommandSession session) {
        session.put(VARIABLE, Boolean.TRUE);
    }

    /** Whether one failed since this was last asked. */
    static boolean forget(CommandSession session) {
        return session.put(VARIABLE, null) != null;
    }

    /** An unexpected error in a few words. */
    public static String describe(Throwable error) {
        String message = error.getMessage();
        return error.getClass().getSimpleName() + (message == null || message.isBlank() ? "" : ": " + message.strip());
    }

    private static String line(Throwable why) {
        if (why instanceof CommandException || why instanceof StoreException) {
            return why.getMessage();
        }
        if (why instanceof CommandNotFoundException missing) {
            return "There is no command '" + missing.getCommand() + "'; type help for those there are.";
        }
        if (why instanceof EOFException) {
            return "The line ends too early: a quote or bracket is not closed.";
        }
        if (why instanceof SyntaxError) {
            return "The shell can't read that: " + why.getMessage()
                    + "; put text with characters such as { [ ( | ; $ in single quotes.";
        }
        if (why instanceof InterruptedException || why instanceof CancellationException) {
            return "Interrupted.";
        }
        return describe(why);
    }
}
