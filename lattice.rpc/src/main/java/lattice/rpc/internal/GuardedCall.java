package lattice.rpc.internal;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * A call that others than its handler may end: who revokes its token, and who clears up after clients that send or read
 * too slowly. It counts what it costs its connection.
 */
final class GuardedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final Connection connection;
    private final boolean unary;
    private final boolean streams;
    private final RequestMeter meter;
    private final long began = System.nanoTime();
    private volatile boolean requestComplete;
    private volatile long closedAt;
    private boolean closed; // guarded by this
    private long answerBytes; // guarded by this

    GuardedCall(ServerCall<Q, A> call, Connection connection, RequestMeter meter) {
        super(call);
        this.connection = connection;
        this.unary = call.getMethodDescriptor().getType().serverSendsOneMessage();
        this.streams = !call.getMethodDescriptor().getType().clientSendsOneMessage();
        this.meter = meter;
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
        if (!closed) {
            super.sendHeaders(headers);
        }
    }

    @Override
    public synchronized void sendMessage(A message) {
        if (closed) {
            return;
        }
        if (unary && message instanceof MessageLite sized) {
            answerBytes += sized.getSerializedSize();
            connection.answerBytes().add(sized.getSerializedSize());
        }
        super.sendMessage(message);
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
        if (!closed) {
            closed = true;
            closedAt = System.nanoTime();
            super.close(status, trailers);
        }
    }

    /** Ends it from outside; what its handler says afterwards is dropped. */
    void end(StatusRuntimeException why) {
        Metadata trailers = why.getTrailers();
        close(why.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    void requestComplete() {
        requestComplete = true;
    }

    /** Whether the client has taken longer than that to send its request, or the next message of a stream of them. */
    boolean sendsTooSlowly(long now, long nanos) {
        if (streams) {
            return closedAt == 0 && meter.incompleteFor(now) > nanos;
        }
        return !requestComplete && closedAt == 0 && now - began > nanos;
    }

    /** Whether its answer has waited longer than that to be read. */
    boolean lingers(long now, long nanos) {
        long at = closedAt;
        return at != 0 && now - at > nanos;
    }

    /** The transport is done with it. */
    synchronized void finished() {
        closed = true;
        connection.answerBytes().add(-answerBytes);
        answerBytes = 0;
    }
}
