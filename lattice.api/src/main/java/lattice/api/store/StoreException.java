package lattice.api.store;

/** Why a store did not do what it was asked. Its message is one sentence that says what to do. Nothing was changed. */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    public StoreException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public StoreException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The kind of error. */
    public Code code() {
        return code;
    }

    /** The kinds of error. */
    public enum Code {
        /** A key or prefix is not of the form of one. */
        INVALID_KEY,
        /** A transaction is empty or malformed. */
        INVALID_TRANSACTION,
        /** A value or transaction is larger than allowed. */
        TOO_LARGE,
        /** The caller may not read or write there. */
        DENIED,
        /** More is waiting to be written than the store takes; try again later. */
        BUSY,
        /** The store can't be written now: disk full, read-only or an I/O error. Reads go on. */
        UNAVAILABLE,
        /** This node's own clock is plainly wrong, so it writes nothing. */
        CLOCK,
        /** The store is closed, or its node is stopping. */
        CLOSED,
        /** The revision asked for was compacted away: scan, and watch from now. */
        COMPACTED,
        /** The revision asked for is of another log, or has not been reached yet: scan, and watch from now. */
        LOG_CHANGED,
        /** No state machine of that name is here. */
        NO_STATE_MACHINE,
        /** A state machine threw, or took too long. */
        STATE_MACHINE_FAILED,
        /** What is on disk is damaged. */
        CORRUPT
    }
}
