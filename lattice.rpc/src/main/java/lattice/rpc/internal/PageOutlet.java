package lattice.rpc.internal;

import com.google.protobuf.MessageLite;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lattice.protocol.Failures;
import lattice.protocol.Reason;

/** Sends pages one by one, each read when the client has room for it. */
final class PageOutlet<A extends MessageLite> extends Outlet<A> {
    private static final int AGAIN_MILLIS = 20;

    private final Executor executor;
    private final Tally unread;
    private final long most;
    private final Supplier<Optional<A>> pages;
    /** What was sent last, until there is room for more: then it was read. */
    private long sent;

    /**
     * @param unread bytes of pages that this connection has not read
     * @param most so many, and no more is read for it
     * @param pages gives the next page, empty after the last
     */
    PageOutlet(ServerCallStreamObserver<A> out, Executor executor, Consumer<Outlet<?>> closed, Tally unread, long most,
            Supplier<Optional<A>> pages) {
        super(out, executor, closed);
        this.executor = executor;
        this.unread = unread;
        this.most = most;
        this.pages = pages;
    }

    @Override
    boolean sendNext(ServerCallStreamObserver<A> to) {
        release();
        if (unread.get() >= most) {
            // Others of its streams have yet to be read.
            CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS, executor).execute(this::wake);
            return false;
        }
        Optional<A> page = pages.get();
        if (page.isEmpty()) {
            complete();
            return false;
        }
        sent = page.get().getSerializedSize();
        unread.add(sent);
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
        unread.add(-sent);
        sent = 0;
    }
}
