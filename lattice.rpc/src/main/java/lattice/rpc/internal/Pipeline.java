package lattice.rpc.internal;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import lattice.api.store.CommandResult;
import lattice.api.store.Receipt;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;
import lattice.v1.Committed;
import lattice.v1.Operation;
import lattice.v1.Outcome;
import lattice.v1.PipelineRequest;
import lattice.v1.PipelineResponse;

/**
 * Takes in the writes of a stream and answers each. Operations begin in order, on the thread of their connection's writes;
 * what is answered meanwhile goes out in one message. An operation counts as under way until its answer was handed to a
 * stream that had room for it, and while too much is under way no more is read: so a client that takes no answers is
 * stopped by flow control, and then told.
 */
final class Pipeline extends Outlet<PipelineResponse> implements StreamObserver<PipelineRequest> {
    static final int MOST_UNDER_WAY = 1024;
    static final int MOST_IN_MESSAGE = 1024;
    private static final long MOST_BYTES_UNDER_WAY = 1024 * 1024;

    private final ServerCallStreamObserver<PipelineResponse> calls;
    private final Connection connection;
    private final Session session;
    private final Writes writes;
    private final Limits limits;
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private long next; // touched by the connection's writes only

    // All below is guarded by this.
    private int underWay;
    private long bytesUnderWay;
    private long bytesNotBegun;
    private boolean asked = true;
    private boolean noMore;
    private boolean released;

    /** What is to be said of an operation. */
    private sealed interface Answer {
        long number();

        /** Of its request. */
        int bytes();

        record Done(long number, int bytes, Receipt receipt) implements Answer {
        }

        record Applied(long number, int bytes, CommandResult result) implements Answer {
        }

        record Failed(long number, int bytes, StatusRuntimeException why) implements Answer {
        }
    }

    Pipeline(ServerCallStreamObserver<PipelineResponse> calls, Connection connection, Session session, Limits limits,
            Consumer<Outlet<?>> closed) {
        super(calls, connection.network(), closed);
        this.calls = calls;
        this.connection = connection;
        this.session = session;
        this.writes = new Writes(session);
        this.limits = limits;
        calls.disableAutoRequest();
    }

    @Override
    public void onNext(PipelineRequest request) {
        int count = request.getOperationsCount();
        if (count < 1 || count > MOST_IN_MESSAGE) {
            execute(() -> fail(Failures.status(Reason.INVALID_REQUEST,
                    "A message has 1 to " + MOST_IN_MESSAGE + " operations, not " + count + ".")));
            return;
        }
        long bytes = 0;
        for (Operation operation : request.getOperationsList()) {
            bytes += operation.getSerializedSize();
        }
        synchronized (this) {
            if (released) {
                return;
            }
            underWay += count;
            bytesUnderWay += bytes;
            bytesNotBegun += bytes;
            asked = false;
        }
        long size = bytes;
        if (connection.requestBytes().add(size) > limits.requestBytes()) {
            connection.close();
            begun(size);
            return;
        }
        connection.writes().execute(() -> {
            try {
                request.getOperationsList().forEach(this::begin);
            } finally {
                begun(size);
            }
        });
        askForMore();
    }

    /** A message of so many bytes is not held any more. */
    private void begun(long bytes) {
        synchronized (this) {
            bytesNotBegun -= bytes;
            if (!released) {
                return;
            }
        }
        connection.requestBytes().add(-bytes);
    }

    /** The client sends no more. */
    @Override
    public void onCompleted() {
        synchronized (this) {
            noMore = true;
        }
        wake();
    }

    /** The client is gone; {@link Outlet} hears of it too. */
    @Override
    public void onError(Throwable failure) {
        execute(() -> fail(Status.CANCELLED.asRuntimeException()));
    }

    private void begin(Operation operation) {
        long number = next++;
        int bytes = operation.getSerializedSize();
        if (session.ended() || calls.isCancelled()) {
            // Nobody waits for an answer, and the token may be good for no more.
            return;
        }
        try {
            switch (operation.getKindCase()) {
                case PUT -> receipt(number, bytes, writes.put(operation.getPut()));
                case DELETE -> receipt(number, bytes, writes.delete(operation.getDelete()));
                case BATCH -> receipt(number, bytes, writes.batch(operation.getBatch()));
                case APPLY -> answer(number, bytes, writes.apply(operation.getApply()),
                        result -> new Answer.Applied(number, bytes, result));
                case KIND_NOT_SET -> throw Failures.status(Reason.INVALID_REQUEST,
                        "An operation is a put, a delete, a batch or an apply; this one is none of them.");
            }
        } catch (RuntimeException e) {
            answered(new Answer.Failed(number, bytes, CallFailures.status(e)));
        }
    }

    private void receipt(long number, int bytes, CompletionStage<Receipt> stage) {
        answer(number, bytes, stage, receipt -> new Answer.Done(number, bytes, receipt));
    }

    private <R> void answer(long number, int bytes, CompletionStage<R> stage, Function<R, Answer> done) {
        stage.whenComplete((result, failure) -> answered(failure == null ? done.apply(result)
                : new Answer.Failed(number, bytes, CallFailures.status(failure))));
    }

    private void answered(Answer answer) {
        answers.add(answer);
        wake();
    }

    @Override
    boolean sendNext(ServerCallStreamObserver<PipelineResponse> to) {
        Message message = new Message();
        while (message.count < MOST_UNDER_WAY) {
            Answer answer = answers.poll();
            if (answer == null) {
                break;
            }
            message.add(answer);
        }
        if (message.count == 0) {
            boolean over;
            synchronized (this) {
                over = noMore && underWay == 0;
            }
            if (over) {
                complete();
            }
            return false;
        }
        to.onNext(message.build());
        connection.requestBytes().add(-taken(message.count, message.bytes));
        askForMore();
        return true;
    }

    /** @return of how many bytes the connection's count is to be relieved */
    private synchronized long taken(int count, long bytes) {
        underWay -= count;
        if (released) {
            return 0;
        }
        bytesUnderWay -= bytes;
        return bytes;
    }

    private void askForMore() {
        synchronized (this) {
            if (asked || noMore || released || underWay >= MOST_UNDER_WAY || bytesUnderWay >= MOST_BYTES_UNDER_WAY) {
                return;
            }
            asked = true;
        }
        calls.request(1);
    }

    /** A message in the making: receipts of one commit stand together. */
    private static final class Message {
        private final PipelineResponse.Builder message = PipelineResponse.newBuilder();
        private Committed.Builder committed;
        private Receipt first;
        private int count;
        private long bytes;

        void add(Answer answer) {
            count++;
            bytes += answer.bytes();
            if (answer instanceof Answer.Done done) {
                add(done.number(), done.receipt());
                return;
            }
            Outcome.Builder outcome = message.addOutcomesBuilder().setNumber(answer.number());
            if (answer instanceof Answer.Applied applied) {
                outcome.setApplied(Wire.write(applied.result()));
            } else if (answer instanceof Answer.Failed failed) {
                outcome.setFailure(Failures.write(failed.why()));
            }
        }

        private void add(long number, Receipt receipt) {
            if (first == null || !receipt.position().equals(first.position())
                    || !receipt.version().time().equals(first.version().time())
                    || !receipt.version().author().equals(first.version().author())) {
                first = receipt;
                committed = message.addCommittedBuilder().setPosition(Wire.write(receipt.position()))
                        .setVersion(Wire.write(receipt.version()).toBuilder().clearIndex());
            }
            committed.addNumbers(number).addIndexes(receipt.version().index());
        }

        PipelineResponse build() {
            return message.build();
        }
    }

    @Override
    boolean waiting() {
        return !answers.isEmpty();
    }

    @Override
    StatusRuntimeException tooSlow() {
        return Failures.status(Reason.TOO_SLOW, "The answers to the writes were not read for "
                + limits.stalledAfter().toSeconds() + " s. Read them as they come; send what was not answered again, with its"
                + " operation ids.");
    }

    @Override
    void release() {
        long held;
        synchronized (this) {
            released = true;
            // What waits for its turn stays in memory until then.
            held = bytesUnderWay - bytesNotBegun;
            bytesUnderWay = 0;
        }
        connection.requestBytes().add(-held);
        answers.clear();
    }
}
