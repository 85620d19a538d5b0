package lattice.daemon.internal.descriptor;

/** Why a descriptor can't be used, in a sentence for whoever wrote it. */
public final class WrongDescriptorException extends Exception {
    private static final long serialVersionUID = 1L;

    public WrongDescriptorException(String message) {
        super(message);
    }
}
