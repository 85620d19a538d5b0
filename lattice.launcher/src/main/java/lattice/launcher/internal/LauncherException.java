package lattice.launcher.internal;

/** Why something was not done, in one sentence for the person who asked for it. */
final class LauncherException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    LauncherException(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    LauncherException(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
