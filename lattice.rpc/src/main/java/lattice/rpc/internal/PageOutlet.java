package lattice.rpc.internal;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lattice.protocol.Failures;
import lattice.protocol.Reason;

/** Sends pages one by one, each read when the client has room for it. */
final class PageOutlet<A> extends Outlet<A> {
    private final Supplier<Optional<A>> pages;

    /** @param pages gives the next page, empty after the last */
    PageOutlet(ServerCallStreamObserver<A> out, Executor executor, Consumer<Outlet<?>> closed,
            Supplier<Optional<A>> pages) {
        super(out, executor, closed);
        this.pages = pages;
    }

    @Override
    boolean sendNext(ServerCallStreamObserver<A> to) {
        Optional<A> page = pages.get();
        if (page.isEmpty()) {
            complete();
            return false;
        }
        to.onNext(page.get());
        return true;
    }

    @Override
    boolean waiting() {
        return true;
    }

    @Override
    StatusRuntimeException tooSlow() {
        return Failures.status(Reason.TOO_SLOW,
                "The pages were not read. Read faster, or ask again after the last key that you have.");
    }

    @Override
    void release() {
        // A page is read whole: nothing stays open between two.
    }
}
