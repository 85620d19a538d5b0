package lattice.client.internal;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import lattice.api.store.CommandResult;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Version;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;
import lattice.v1.Committed;
import lattice.v1.Operation;
import lattice.v1.Outcome;
import lattice.v1.PipelineRequest;
import lattice.v1.PipelineResponse;
import lattice.v1.StoreServiceGrpc;

/**
 * The writes of a process, in the order in which they were submitted, many under way at once in one call. What is submitted
 * before the network's thread comes to it goes out in one message.
 *
 * <p>No more is under way than the node reads at a time. If the call breaks, what was not answered is sent again in the next
 * one, in order and before anything new; its operation id makes sure that what the node had done already is not done twice.
 */
final class WriteQueue {
    /** What a message has around an operation. */
    private static final int ROOM_FOR_MESSAGE = 1024;
    private static final int MOST_UNDER_WAY = 1000;
    private static final long MOST_BYTES_UNDER_WAY = 1024 * 1024;
    private static final int MOST_WAITING = 10_000;
    private static final long MOST_BYTES_WAITING = 32 * 1024 * 1024;
    private static final long MOST_BYTES_IN_MESSAGE = 256 * 1024;
    private static final Duration WAIT_FOR_ROOM = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 250;

    private final Link link;
    private final ScheduledFuture<?> looking;

    // All below is guarded by this.
    private final Deque<Write<?>> waiting = new ArrayDeque<>();
    private final Map<Long, Write<?>> underWay = new LinkedHashMap<>();
    private long waitingBytes;
    private long bytesUnderWay;
    private Stream stream;
    private long next;
    private int failures;
    private boolean sendingSoon;
    private boolean pausing;
    private boolean closed;

    WriteQueue(Link link) {
        this.link = link;
        this.looking = link.clock().scheduleWithFixedDelay(this::failOverdue, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** A write and what becomes of it. */
    private final class Write<R> {
        private final Operation operation;
        private final int bytes;
        private final Function<Object, R> read;
        private final long deadline = System.nanoTime() + link.patience().toNanos();
        private final CompletableFuture<R> stage = new CompletableFuture<>();

        Write(Operation operation, Function<Object, R> read) {
            this.operation = operation;
            this.bytes = operation.getSerializedSize();
            this.read = read;
        }

        /** @param answer a {@link Receipt} or a {@link CommandResult} */
        void complete(Object answer) {
            stage.complete(read.apply(answer));
        }

        void fail(StoreException why) {
            stage.completeExceptionally(why);
        }
    }

    /** One call; its methods run on the network's thread. */
    private final class Stream extends ClientCall.Listener<PipelineResponse> {
        private final ClientCall<PipelineRequest, PipelineResponse> call = link.newCall(StoreServiceGrpc.getPipelineMethod());

        void start() {
            call.start(this, new Metadata());
            call.request(2);
        }

        @Override
        public void onMessage(PipelineResponse message) {
            call.request(1);
            answered(this, message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            ended(this, status.isOk()
                    ? Status.UNAVAILABLE.withDescription("The node ended the call.").asRuntimeException(trailers)
                    : status.asRuntimeException(trailers));
        }
    }

    /** Adds a put, a delete or a batch; waits a bounded time if very many writes wait already. */
    CompletionStage<Receipt> submit(Operation operation) {
        return submit(operation, Receipt.class::cast);
    }

    /** Adds a command, as {@link #submit}. */
    CompletionStage<CommandResult> apply(Operation operation) {
        return submit(operation, CommandResult.class::cast);
    }

    private <R> CompletionStage<R> submit(Operation operation, Function<Object, R> read) {
        Write<R> write = new Write<>(operation, read);
        if (write.bytes > Wire.MAX_MESSAGE_BYTES - ROOM_FOR_MESSAGE) {
            // It would end the call, and with it the writes of others.
            return CompletableFuture.failedFuture(new StoreException(StoreException.Code.TOO_LARGE, "It has " + write.bytes
                    + " bytes, and the protocol takes " + (Wire.MAX_MESSAGE_BYTES - ROOM_FOR_MESSAGE) + "."));
        }
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
            sendSoon();
        }
        return write.stage;
    }

    /** Called with the lock held. */
    private void sendSoon() {
        if (sendingSoon || pausing || closed || waiting.isEmpty()) {
            return;
        }
        try {
            link.network().execute(this::sendWhatFits);
            sendingSoon = true;
        } catch (RejectedExecutionException e) {
            // The link was closed meanwhile; close() tells those who wait.
            closed = true;
        }
    }

    private synchronized void sendWhatFits() {
        sendingSoon = false;
        while (!pausing && !closed && !waiting.isEmpty()) {
            PipelineRequest.Builder message = PipelineRequest.newBuilder();
            long bytes = 0;
            for (Write<?> write = waiting.peek(); write != null && fits(write)
                    && (bytes == 0 || bytes + write.bytes <= MOST_BYTES_IN_MESSAGE); write = waiting.peek()) {
                waiting.remove();
                waitingBytes -= write.bytes;
                underWay.put(next++, write);
                bytesUnderWay += write.bytes;
                bytes += write.bytes;
                message.addOperations(write.operation);
            }
            if (bytes == 0) {
                break;
            }
            if (stream == null) {
                stream = new Stream();
                stream.start();
            }
            if (stream == null) {
                // There is no connection, and that was told while it began: what was under way waits again.
                break;
            }
            stream.call.sendMessage(message.build());
        }
        notifyAll();
    }

    private boolean fits(Write<?> write) {
        return underWay.isEmpty()
                || underWay.size() < MOST_UNDER_WAY && bytesUnderWay + write.bytes <= MOST_BYTES_UNDER_WAY;
    }

    private void answered(Stream by, PipelineResponse message) {
        List<Runnable> tell = new ArrayList<>(message.getOutcomesCount());
        synchronized (this) {
            if (by != stream) {
                return;
            }
            failures = 0;
            for (Committed committed : message.getCommittedList()) {
                committed(committed, tell);
            }
            for (Outcome outcome : message.getOutcomesList()) {
                if (outcome.hasFailure() && outcome.getFailure().getReason().equals(Reason.CLOSED.name())) {
                    // The node is stopping: this is sent again when it is back, and what comes after it waits for that.
                    pausing = true;
                    by.call.cancel("the node is stopping", null);
                    continue;
                }
                Write<?> write = take(outcome.getNumber());
                if (write != null) {
                    tell.add(() -> tell(write, outcome));
                }
            }
            sendSoon();
        }
        tell.forEach(Runnable::run);
    }

    /** Called with the lock held. */
    private void committed(Committed committed, List<Runnable> tell) {
        var position = Wire.read(committed.getPosition());
        Version version = Wire.read(committed.getVersion());
        for (int i = 0; i < committed.getNumbersCount(); i++) {
            Write<?> write = take(committed.getNumbers(i));
            if (write != null) {
                Receipt receipt = new Receipt(position,
                        new Version(version.time(), version.author(), committed.getIndexes(i)));
                tell.add(() -> write.complete(receipt));
            }
        }
    }

    private static void tell(Write<?> write, Outcome outcome) {
        if (outcome.hasFailure()) {
            write.fail(Failures.storeException(Failures.read(outcome.getFailure())));
        } else {
            try {
                write.complete(Wire.read(outcome.getApplied()));
            } catch (StoreException e) {
                write.fail(e);
            }
        }
    }

    /** Called with the lock held. @return the write of that number, if it still waits for its answer */
    private Write<?> take(long number) {
        Write<?> write = underWay.remove(number);
        if (write != null) {
            bytesUnderWay -= write.bytes;
        }
        return write;
    }

    private void ended(Stream which, StatusRuntimeException failure) {
        List<Write<?>> refused = new ArrayList<>();
        synchronized (this) {
            if (which != stream) {
                return;
            }
            stream = null;
            next = 0;
            List<Write<?>> unanswered = new ArrayList<>(underWay.values());
            underWay.clear();
            bytesUnderWay = 0;
            if (closed || !Link.isPassing(failure) && failure.getStatus().getCode() != Status.Code.CANCELLED) {
                refused.addAll(unanswered);
                sendSoon();
            } else {
                for (int i = unanswered.size() - 1; i >= 0; i--) {
                    waiting.addFirst(unanswered.get(i));
                    waitingBytes += unanswered.get(i).bytes;
                }
                sendAgainLater();
            }
        }
        StoreException why = link.isClosed() ? Link.closedException() : Failures.storeException(failure);
        refused.forEach(write -> write.fail(why));
    }

    /** Called with the lock held, when nothing is under way any more. */
    private void sendAgainLater() {
        pausing = true;
        failures++;
        try {
            link.clock().schedule(() -> {
                link.hurry();
                synchronized (this) {
                    pausing = false;
                    sendSoon();
                }
            }, Backoff.after(failures).toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The link was closed meanwhile; close() tells those who wait.
            closed = true;
        }
    }

    /** Fails what has waited longer than the link's patience. */
    private void failOverdue() {
        List<Write<?>> overdue = new ArrayList<>();
        synchronized (this) {
            long now = System.nanoTime();
            bytesUnderWay -= takeOverdue(underWay.values(), now, overdue);
            waitingBytes -= takeOverdue(waiting, now, overdue);
            if (!overdue.isEmpty()) {
                sendSoon();
                notifyAll();
            }
        }
        overdue.forEach(write -> write.fail(new StoreException(StoreException.Code.UNAVAILABLE, "The node did not answer within "
                + link.patience().toSeconds() + " s. See that it runs and that this is its socket; the write may have been"
                + " done all the same.")));
    }

    /** They stand in the order of their deadlines. @return how many bytes were taken out */
    private static long takeOverdue(Collection<Write<?>> writes, long now, List<Write<?>> overdue) {
        long bytes = 0;
        for (Iterator<Write<?>> each = writes.iterator(); each.hasNext();) {
            Write<?> write = each.next();
            if (now - write.deadline < 0) {
                break;
            }
            each.remove();
            bytes += write.bytes;
            overdue.add(write);
        }
        return bytes;
    }

    /** Fails what waits or is under way. */
    void close() {
        List<Write<?>> left;
        looking.cancel(false);
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(underWay.values());
            left.addAll(waiting);
            underWay.clear();
            waiting.clear();
            waitingBytes = 0;
            bytesUnderWay = 0;
            notifyAll();
        }
        left.forEach(write -> write.fail(Link.closedException()));
    }
}
