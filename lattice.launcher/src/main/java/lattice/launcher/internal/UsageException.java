package lattice.launcher.internal;

/** A command line that can't be understood; the message says why and what to type instead. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
