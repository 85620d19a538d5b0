package lattice.protocol;

import io.grpc.Status;
import lattice.api.store.StoreException;

/** The kinds of error on the wire: what the store can say, and what only the protocol can. */
public enum Reason {
    INVALID_KEY(Status.Code.INVALID_ARGUMENT, StoreException.Code.INVALID_KEY),
    INVALID_TRANSACTION(Status.Code.INVALID_ARGUMENT, StoreException.Code.INVALID_TRANSACTION),
    /** Another field of the request is wrong. */
    INVALID_REQUEST(Status.Code.INVALID_ARGUMENT, StoreException.Code.INVALID_TRANSACTION),
    TOO_LARGE(Status.Code.INVALID_ARGUMENT, StoreException.Code.TOO_LARGE),
    DENIED(Status.Code.PERMISSION_DENIED, StoreException.Code.DENIED),
    /** There was no token, or none that is good. */
    TOKEN_REFUSED(Status.Code.UNAUTHENTICATED, StoreException.Code.DENIED),
    BUSY(Status.Code.RESOURCE_EXHAUSTED, StoreException.Code.BUSY),
    /** The client reads a stream more slowly than it is worth waiting for. */
    TOO_SLOW(Status.Code.RESOURCE_EXHAUSTED, StoreException.Code.BUSY),
    UNAVAILABLE(Status.Code.UNAVAILABLE, StoreException.Code.UNAVAILABLE),
    CLOSED(Status.Code.UNAVAILABLE, StoreException.Code.CLOSED),
    CLOCK(Status.Code.FAILED_PRECONDITION, StoreException.Code.CLOCK),
    LOG_CHANGED(Status.Code.FAILED_PRECONDITION, StoreException.Code.LOG_CHANGED),
    COMPACTED(Status.Code.OUT_OF_RANGE, StoreException.Code.COMPACTED),
    NO_STATE_MACHINE(Status.Code.NOT_FOUND, StoreException.Code.NO_STATE_MACHINE),
    STATE_MACHINE_FAILED(Status.Code.INTERNAL, StoreException.Code.STATE_MACHINE_FAILED),
    CORRUPT(Status.Code.DATA_LOSS, StoreException.Code.CORRUPT),
    /** A defect of the node. The same status without a reason is gRPC's own word for a connection that broke. */
    INTERNAL(Status.Code.INTERNAL, StoreException.Code.UNAVAILABLE);

    private final Status.Code status;
    private final StoreException.Code store;

    Reason(Status.Code status, StoreException.Code store) {
        this.status = status;
        this.store = store;
    }

    /** The gRPC status that it comes with. */
    public Status.Code status() {
        return status;
    }

    /** What a store in the same process would have said. */
    public StoreException.Code store() {
        return store;
    }

    /** The reason for an error of a store. */
    public static Reason of(StoreException.Code code) {
        return valueOf(code.name());
    }
}
