package lattice.shell.internal.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The terminal at standard input and output. */
final class SystemTerminal {
    private SystemTerminal() {
    }

    /** Whether there is one. */
    static boolean isThere() {
        java.io.Console console = System.console();
        if (console == null || Runtime.version().feature() < 22) {
            return console != null;
        }
        try {
            // From Java 22 on there is a console without a terminal, and a method that tells.
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Java " + Runtime.version() + " has no Console.isTerminal.", e);
        }
    }

    static Terminal open() throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // The library looks for its ways to a terminal with the thread's loader.
        thread.setContextClassLoader(TerminalBuilder.class.getClassLoader());
        try {
            return TerminalBuilder.builder().name("lattice").system(true).nativeSignals(true)
                    .encoding(StandardCharsets.UTF_8).dumb(true).build();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Whether it shows colours, and the person has not asked for none (see no-color.org). */
    static boolean showsColours(Terminal terminal) {
        String no = System.getenv("NO_COLOR");
        return (no == null || no.isEmpty()) && !terminal.getType().startsWith(Terminal.TYPE_DUMB);
    }
}
