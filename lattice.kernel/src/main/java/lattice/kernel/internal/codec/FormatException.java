package lattice.kernel.internal.codec;

/** Bytes that are not what they should be. The message says what is wrong, without a full sentence around it. */
public final class FormatException extends Exception {
    private static final long serialVersionUID = 1L;

    public FormatException(String message) {
        super(message);
    }

    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
