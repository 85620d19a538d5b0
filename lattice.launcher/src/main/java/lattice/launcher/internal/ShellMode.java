package lattice.launcher.internal;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What the shell does in a node. */
enum ShellMode {
    /** Talks to a person. */
    INTERACTIVE,
    /** Reads commands from standard input; its end stops the node. */
    PIPE,
    /** Runs the commands it was given and stops the node. */
    COMMAND,
    /** Stays away. */
    NONE;

    /** As the framework property {@code lattice.shell.mode} has it. */
    String property() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What standard input is good for. */
    static ShellMode ofStandardInput() {
        if (isTerminal(System.console())) {
            return INTERACTIVE;
        }
        return isNothing() ? NONE : PIPE;
    }

    /** From Java 22 on there is a console without a terminal, and a method that tells. */
    private static boolean isTerminal(Console console) {
        if (console == null || Runtime.version().feature() < 22) {
            return console != null;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Java " + Runtime.version() + " has no Console.isTerminal.", e);
        }
    }

    /** Whether standard input is closed or {@code /dev/null}. */
    private static boolean isNothing() {
        try {
            return Files.isSameFile(Path.of("/dev/stdin"), Path.of("/dev/null"));
        } catch (IOException e) {
            return true;
        }
    }
}
