package lattice.kernel.internal.view;

/** The view on disk is not what was written there: it must be made anew from the log. */
public final class DamagedViewException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DamagedViewException(String message, Throwable cause) {
        super(message, cause);
    }
}
