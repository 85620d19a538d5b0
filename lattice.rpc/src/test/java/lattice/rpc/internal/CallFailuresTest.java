package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;
import lattice.api.store.StoreException;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import org.junit.jupiter.api.Test;

class CallFailuresTest {
    /** Without a reason a client would take it for a connection that broke, and try again. */
    @Test
    void aDefectIsToldAsOneAndWhatItWasIsNot() {
        StatusRuntimeException told = CallFailures.status(new RuntimeException("a secret", null, false, false) { });
        assertThat(told.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(told.getStatus().getDescription()).isEqualTo("The node could not do it; its log says why.");
        assertThat(Failures.reason(told)).contains(Reason.INTERNAL);
    }

    @Test
    void anErrorOfTheStoreIsToldAsItIs() {
        StatusRuntimeException told = CallFailures.status(new CompletionException(
                new StoreException(StoreException.Code.TOO_LARGE, "It is too large.")));
        assertThat(Failures.reason(told)).contains(Reason.TOO_LARGE);
        assertThat(told.getStatus().getDescription()).isEqualTo("It is too large.");
    }
}
