package lattice.registry.process;

/**
 * Told to {@code ServiceContext.failed} by a service that has ended by itself and in good order: it is started again only if
 * its declaration says {@code always}.
 */
public final class Completed extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message how it ended, in a sentence */
    public Completed(String message) {
        super(message);
    }
}
