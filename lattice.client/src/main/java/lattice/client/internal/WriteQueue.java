package lattice.client.internal;

import com.google.protobuf.MessageLite;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import lattice.api.store.StoreException;
import lattice.protocol.Failures;

/**
 * The writes of a process, in the order in which they were submitted, many under way at once.
 *
 * <p>The node takes the writes of a connection in the order in which their requests are complete. So no more is under way
 * than fits the connection's window, where nothing overtakes. If the connection breaks, everything that was under way is
 * settled first, and then what was not answered is sent again, in order; its operation id makes sure that what the node had
 * done already is not done twice.
 */
final class WriteQueue {
    private static final int MOST_UNDER_WAY = 1000;
    private static final long MOST_BYTES_UNDER_WAY = 512 * 1024;
    private static final int MOST_WAITING = 10_000;
    private static final long MOST_BYTES_WAITING = 32 * 1024 * 1024;
    private static final Duration WAIT_FOR_ROOM = Duration.ofSeconds(5);

    private final Link link;

    // All below is guarded by this.
    private final Deque<Write<?, ?>> waiting = new ArrayDeque<>();
    private final Deque<Write<?, ?>> underWay = new ArrayDeque<>();
    private long waitingBytes;
    private long bytesUnderWay;
    private int failures;
    private boolean broken;
    private boolean closed;

    WriteQueue(Link link) {
        this.link = link;
    }

    /** A write and what becomes of it. */
    private final class Write<Q extends MessageLite, A> extends ClientCall.Listener<A> {
        private final MethodDescriptor<Q, A> method;
        private final Q request;
        private final int bytes;
        private final long deadline = System.nanoTime() + link.patience().toNanos();
        private final CompletableFuture<A> stage = new CompletableFuture<>();
        private ClientCall<Q, A> call;
        private A answer;
        private boolean settled; // guarded by the queue
        private boolean again; // guarded by the queue

        Write(MethodDescriptor<Q, A> method, Q request) {
            this.method = method;
            this.request = request;
            this.bytes = request.getSerializedSize();
        }

        /** Called with the queue's lock held, which keeps requests in order. */
        void send() {
            answer = null;
            settled = false;
            again = false;
            call = link.newCall(method, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            call.start(this, new Metadata());
            call.request(2);
            call.sendMessage(request);
            call.halfClose();
        }

        @Override
        public void onMessage(A message) {
            answer = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk() && answer != null) {
                settle(this, null);
            } else {
                settle(this, status.isOk()
                        ? Status.INTERNAL.withDescription("The node gave no answer.").asRuntimeException(trailers)
                        : status.asRuntimeException(trailers));
            }
        }
    }

    /**
     * Adds a write; waits a bounded time if very many wait already.
     *
     * @param read makes the answer of the message
     */
    <Q extends MessageLite, A, R> CompletionStage<R> submit(MethodDescriptor<Q, A> method, Q request, Function<A, R> read) {
        Write<Q, A> write = new Write<>(method, request);
        synchronized (this) {
            long deadline = System.nanoTime() + WAIT_FOR_ROOM.toNanos();
            while (!closed && (waiting.size() >= MOST_WAITING || waitingBytes > MOST_BYTES_WAITING)) {
                long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (millis <= 0) {
                    return CompletableFuture.failedFuture(new StoreException(StoreException.Code.BUSY, waiting.size()
                            + " writes wait to be sent to the node. Try again later."));
                }
                try {
                    wait(millis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return CompletableFuture.failedFuture(new StoreException(StoreException.Code.BUSY,
                            "Interrupted while " + waiting.size() + " writes wait to be sent to the node.", e));
                }
            }
            if (closed) {
                return CompletableFuture.failedFuture(Link.closedException());
            }
            waiting.add(write);
            waitingBytes += write.bytes;
            sendWhatFits();
        }
        return write.stage.thenApply(read);
    }

    private synchronized void sendWhatFits() {
        while (!broken && !closed && !waiting.isEmpty() && underWay.size() < MOST_UNDER_WAY
                && (underWay.isEmpty() || bytesUnderWay + waiting.peek().bytes <= MOST_BYTES_UNDER_WAY)) {
            Write<?, ?> write = waiting.poll();
            waitingBytes -= write.bytes;
            underWay.add(write);
            bytesUnderWay += write.bytes;
            write.send();
        }
        notifyAll();
    }

    private void settle(Write<?, ?> write, StatusRuntimeException failure) {
        List<Runnable> outcomes = new ArrayList<>();
        synchronized (this) {
            if (write.settled) {
                return;
            }
            write.settled = true;
            if (failure != null && !closed && Link.isPassing(failure) && System.nanoTime() < write.deadline) {
                write.again = true;
                broken = true;
            } else {
                take(write);
                outcomes.add(() -> complete(write, failure));
                if (failure == null) {
                    failures = 0;
                }
            }
            if (broken && underWay.stream().allMatch(one -> one.settled)) {
                sendAgainLater();
            }
            sendWhatFits();
        }
        outcomes.forEach(Runnable::run);
    }

    private void take(Write<?, ?> write) {
        if (underWay.remove(write)) {
            bytesUnderWay -= write.bytes;
        }
    }

    private <Q extends MessageLite, A> void complete(Write<Q, A> write, StatusRuntimeException failure) {
        if (failure == null) {
            write.stage.complete(write.answer);
        } else {
            write.stage.completeExceptionally(link.isClosed() ? Link.closedException() : Failures.storeException(failure));
        }
    }

    /** Called with the lock held, when nothing is under way any more. */
    private void sendAgainLater() {
        while (!underWay.isEmpty()) {
            Write<?, ?> write = underWay.pollLast();
            bytesUnderWay -= write.bytes;
            waiting.addFirst(write);
            waitingBytes += write.bytes;
        }
        failures++;
        try {
            link.clock().schedule(() -> {
                link.hurry();
                synchronized (this) {
                    broken = false;
                    sendWhatFits();
                }
            }, Backoff.after(failures).toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The link was closed meanwhile; close() tells those who wait.
            broken = true;
        }
    }

    /** Fails what waits; what is under way fails with its channel. */
    void close() {
        List<Write<?, ?>> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(waiting);
            waiting.clear();
            waitingBytes = 0;
            notifyAll();
        }
        left.forEach(write -> write.stage.completeExceptionally(Link.closedException()));
    }
}
