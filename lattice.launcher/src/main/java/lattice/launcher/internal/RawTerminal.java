package lattice.launcher.internal;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.concurrent.TimeUnit;

/**
 * The person's terminal, set to pass every key on as it is typed, until closed. A small process beside this one sets it and
 * sets it back when it sees this one's end, however that comes.
 */
final class RawTerminal implements AutoCloseable {
    private static final String GUARD = """
            exec 2>/dev/null
            trap '' INT QUIT TERM HUP TSTP TTOU TTIN
            saved=$(stty -g </dev/tty) || exit 1
            stty raw -echo </dev/tty || exit 1
            echo ready
            read -r end
            stty "$saved" </dev/tty
            """;
    private static final long CLOSE_SECONDS = 5;

    private final Process guard;

    private RawTerminal(Process guard) {
        this.guard = guard;
    }

    static RawTerminal open() throws LauncherException {
        try {
            Process guard = new ProcessBuilder("sh", "-c", GUARD).redirectError(Redirect.DISCARD).start();
            RawTerminal terminal = new RawTerminal(guard);
            InputStream said = guard.getInputStream();
            if (said.read() < 0) {
                throw new LauncherException(ExitCode.FAILED, "This terminal can't be set as a shell needs it: there is no stty, "
                        + "or no terminal. `lattice exec` runs a command without one.");
            }
            return terminal;
        } catch (IOException e) {
            throw new LauncherException(ExitCode.FAILED, "This terminal can't be set as a shell needs it: " + e.getMessage(), e);
        }
    }

    /** Sets the terminal back as it was. */
    @Override
    public void close() throws IOException {
        guard.getOutputStream().close();
        try {
            if (!guard.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("The terminal could not be set back as it was: `stty sane` or `reset` does.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
