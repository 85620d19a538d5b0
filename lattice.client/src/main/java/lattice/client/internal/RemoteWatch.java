package lattice.client.internal;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.concurrent.Executor;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;
import lattice.v1.StoreServiceGrpc;
import lattice.v1.WatchRequest;
import lattice.v1.WatchResponse;

/**
 * A watch that goes on after the last change it delivered whenever the connection breaks. One message is asked for when the
 * listener is done with the one before, so a slow listener slows its own stream and nothing else.
 */
final class RemoteWatch implements Watch {
    private static final int PROGRESS_MILLIS = 5_000;

    private final Link link;
    private final Prefix prefix;
    private final WatchListener listener;
    private final Consumer<RemoteWatch> forget;
    private final Executor executor;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    // All below is touched on the executor only, but for what is volatile.
    private final List<Change> parts = new ArrayList<>();
    private boolean caughtUp;
    private int failures;
    private volatile Thread runs;
    private volatile Optional<LogPosition> position;
    private volatile ClientCall<WatchRequest, WatchResponse> call;
    private volatile boolean closing;

    RemoteWatch(Link link, Prefix prefix, WatchStart start, WatchListener listener, Consumer<RemoteWatch> forget) {
        this.link = link;
        this.prefix = prefix;
        this.listener = listener;
        this.forget = forget;
        this.position = start instanceof WatchStart.After after ? Optional.of(after.position()) : Optional.empty();
        this.executor = MoreExecutors.newSequentialExecutor(link.listeners());
    }

    /**
     * Starts it, and waits for the node's first word, so that what is wrong is thrown here.
     *
     * @throws StoreException if the node refuses it, or can't be reached
     */
    void start() {
        run(this::connect);
        try {
            started.get(link.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw (StoreException) e.getCause();
        } catch (java.util.concurrent.TimeoutException e) {
            giveUp();
            throw new StoreException(StoreException.Code.UNAVAILABLE,
                    "The node did not answer within " + link.patience().toSeconds() + " s. See that it runs.", e);
        } catch (InterruptedException e) {
            giveUp();
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.UNAVAILABLE, "Interrupted while waiting for the node.", e);
        }
    }

    /** Ends one that its caller never got hold of, so that nobody is told. */
    private void giveUp() {
        closing = true;
        ended.complete(null);
        cancel();
        forget.accept(this);
    }

    private void run(Runnable task) {
        try {
            executor.execute(() -> {
                runs = Thread.currentThread();
                try {
                    task.run();
                } finally {
                    runs = null;
                }
            });
        } catch (RejectedExecutionException e) {
            // The connection is closed, which ended this watch, or keeps it from starting.
            started.completeExceptionally(Link.closedException());
            ended.complete(null);
        }
    }

    private void connect() {
        if (closing || ended.isDone()) {
            return;
        }
        parts.clear();
        WatchRequest.Builder request = WatchRequest.newBuilder()
                .setPrefix(prefix.path()).setProgressIntervalMillis(PROGRESS_MILLIS);
        position.ifPresent(after -> request.setAfter(Wire.write(after)));
        ClientCall<WatchRequest, WatchResponse> next = link.newCall(StoreServiceGrpc.getWatchMethod());
        call = next;
        next.start(new Stream(next), new Metadata());
        next.request(1);
        next.sendMessage(request.build());
        next.halfClose();
        if (closing) {
            next.cancel("closed", null);
        }
    }

    /** One call; its methods run on the network's thread and hand on. */
    private final class Stream extends ClientCall.Listener<WatchResponse> {
        private final ClientCall<WatchRequest, WatchResponse> mine;

        Stream(ClientCall<WatchRequest, WatchResponse> mine) {
            this.mine = mine;
        }

        @Override
        public void onMessage(WatchResponse message) {
            run(() -> {
                if (call == mine && !closing && !ended.isDone()) {
                    deliver(message);
                    mine.request(1);
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            run(() -> {
                if (call == mine && !ended.isDone()) {
                    lost(status.asRuntimeException(trailers));
                }
            });
        }
    }

    private void deliver(WatchResponse message) {
        failures = 0;
        started.complete(null);
        try {
            switch (message.getEventCase()) {
                case CHANGES -> {
                    message.getChanges().getChangesList().forEach(change -> parts.add(Wire.read(change)));
                    if (!message.getChanges().getMore()) {
                        Changes changes = new Changes(Wire.read(message.getChanges().getPosition()), parts);
                        parts.clear();
                        listener.changed(changes);
                        position = Optional.of(changes.position());
                    }
                }
                case CAUGHT_UP -> {
                    LogPosition reached = Wire.read(message.getCaughtUp());
                    position = Optional.of(reached);
                    if (!caughtUp) {
                        caughtUp = true;
                        listener.caughtUp(reached);
                    }
                }
                case PROGRESS -> position = Optional.of(Wire.read(message.getProgress()));
                case EVENT_NOT_SET -> { /* A newer node's word for something that we do not know and need not. */ }
            }
        } catch (RuntimeException e) {
            cancel();
            end(new WatchEnd.Failed(e instanceof StoreException known ? known : new StoreException(
                    StoreException.Code.CLOSED, "The watch of " + prefix + " ended because its listener failed: " + e, e)));
        }
    }

    private void lost(StatusRuntimeException failure) {
        if (closing) {
            return;
        }
        if (link.isClosed()) {
            end(new WatchEnd.Failed(Link.closedException()));
        } else if (Link.isPassing(failure)) {
            failures++;
            try {
                link.clock().schedule(() -> {
                    link.hurry();
                    run(this::connect);
                }, Backoff.after(failures).toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                end(new WatchEnd.Failed(Link.closedException()));
            }
        } else if (Failures.reason(failure).filter(Reason.TOO_SLOW::equals).isPresent() && position.isPresent()) {
            end(new WatchEnd.TooSlow(position.get()));
        } else {
            end(new WatchEnd.Failed(Failures.storeException(failure)));
        }
    }

    private void end(WatchEnd how) {
        if (ended.isDone()) {
            return;
        }
        forget.accept(this);
        if (how instanceof WatchEnd.Failed failed && started.completeExceptionally(failed.cause())) {
            // Its caller is told by an exception, and has no watch that could end.
            ended.complete(null);
            return;
        }
        try {
            listener.ended(how);
        } finally {
            ended.complete(null);
        }
    }

    private void cancel() {
        ClientCall<WatchRequest, WatchResponse> current = call;
        if (current != null) {
            current.cancel("The watch was closed.", null);
        }
    }

    @Override
    public LogPosition position() {
        return position.orElseThrow(() -> new IllegalStateException("The watch has not started."));
    }

    @Override
    public void close() {
        boolean first = !closing;
        closing = true;
        cancel();
        if (first) {
            run(() -> end(new WatchEnd.Closed()));
        }
        awaitEnd();
    }

    /** The connection goes away under it. */
    void connectionClosed() {
        cancel();
        run(() -> end(new WatchEnd.Failed(Link.closedException())));
        awaitEnd();
    }

    /** Waits until its last call to the listener has returned, unless this is that call. */
    private void awaitEnd() {
        if (runs == Thread.currentThread()) {
            return;
        }
        try {
            ended.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("Nothing completes it so", e);
        }
    }
}
