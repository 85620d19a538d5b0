package lattice.rpc.internal;

import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;
import lattice.api.store.StoreException;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told when what it asked for fails. */
final class CallFailures {
    private static final Logger LOG = LoggerFactory.getLogger(CallFailures.class);

    private CallFailures() {
    }

    /** The status that says it; a defect of ours is in the log, not in the status. */
    static StatusRuntimeException status(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof StoreException known) {
            return Failures.status(known);
        }
        if (cause instanceof StatusRuntimeException known) {
            return known;
        }
        LOG.error("A call failed because of a defect", cause);
        return Failures.status(Reason.INTERNAL, "The node could not do it; its log says why.");
    }
}
