package lattice.rpc.internal;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import lattice.api.store.StoreException;

/**
 * A stream of answers that goes as fast as its client reads. What it sends is made when there is room for it, on one thread
 * at a time; a client that has room for nothing for too long is told so.
 */
abstract class Outlet<A> {
    private final ServerCallStreamObserver<A> out;
    private final Executor executor;
    private final Consumer<Outlet<?>> closed;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile long movedAt = System.nanoTime();
    private volatile boolean done;

    /**
     * A stream that is not yet started.
     *
     * @param executor runs one task after another, in the order in which they are given to it
     * @param closed told once nothing more comes
     */
    Outlet(ServerCallStreamObserver<A> out, Executor executor, Consumer<Outlet<?>> closed) {
        this.out = out;
        this.executor = executor;
        this.closed = closed;
    }

    /** Starts it; called from the method that the call came in by. */
    final void start() {
        out.setOnReadyHandler(this::wake);
        out.setOnCancelHandler(() -> executor.execute(this::finish));
        // Somebody else may end the call, such as who revokes its token; then it was closed and not cancelled.
        out.setOnCloseHandler(() -> executor.execute(this::finish));
        wake();
    }

    /** Something may be there to send. */
    final void wake() {
        if (!done && scheduled.compareAndSet(false, true)) {
            executor.execute(this::pump);
        }
    }

    private void pump() {
        scheduled.set(false);
        if (done) {
            return;
        }
        try {
            while (!done && out.isReady() && sendNext(out)) {
                movedAt = System.nanoTime();
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Ends the stream because of what was thrown. */
    final void fail(RuntimeException thrown) {
        fail(CallFailures.status(thrown));
    }

    /**
     * Sends one message, if there is one, or ends the stream.
     *
     * @return whether to call again
     * @throws StoreException if it can't go on
     */
    abstract boolean sendNext(ServerCallStreamObserver<A> to);

    /** Whether something waits for the client to read. */
    abstract boolean waiting();

    /** What to tell a client that reads nothing. */
    abstract StatusRuntimeException tooSlow();

    /** Gives back what it holds; called once, on its thread. */
    abstract void release();

    /** Ends the stream well. */
    final void complete() {
        if (!done) {
            finish();
            out.onCompleted();
        }
    }

    /** Ends the stream badly. */
    final void fail(StatusRuntimeException why) {
        if (!done) {
            finish();
            out.onError(why);
        }
    }

    private void finish() {
        if (!done) {
            done = true;
            release();
            closed.accept(this);
        }
    }

    /** Runs something on its thread. */
    final void execute(Runnable task) {
        executor.execute(task);
    }

    /** Ends it if its client has taken nothing for so long. */
    final void endIfStalled(long now, long nanos) {
        if (!waiting()) {
            movedAt = now;
        } else if (now - movedAt > nanos && !out.isReady()) {
            executor.execute(() -> fail(tooSlow()));
        }
    }
}
