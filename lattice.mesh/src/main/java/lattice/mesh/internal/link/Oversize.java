package lattice.mesh.internal.link;

import io.grpc.Context;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicReference;

/** Notices that a link which a peer opened ended because of a message larger than any: gRPC refuses it by its length, and says no more. */
final class Oversize extends ServerStreamTracer {
    private static final Context.Key<Oversize> OF_CALL = Context.key("lattice.mesh.oversize");

    private final AtomicReference<Runnable> found = new AtomicReference<>(() -> { });

    /** Has something done if the call that is being accepted on this thread ends so. */
    static void watch(Runnable then) {
        OF_CALL.get().found.set(then);
    }

    /** Whether it is that which ended a call. */
    static boolean isReason(Status status) {
        return status.getCode() == Status.Code.RESOURCE_EXHAUSTED;
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(OF_CALL, this);
    }

    @Override
    public void streamClosed(Status status) {
        if (isReason(status)) {
            found.get().run();
        }
    }
}
