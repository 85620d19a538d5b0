package lattice.rpc.internal;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of a request as they come, before there is a message that could be judged by its size. Of a call with many
 * messages it counts those of the message that is coming; who takes the messages answers for what they hold.
 */
final class RequestMeter extends ServerStreamTracer {
    private static final Context.Key<RequestMeter> CURRENT = Context.key("lattice.rpc.meter");

    /** Who has shown no token asks for the node's health, or which calls there are. */
    static final long STRANGERS_BYTES = 64 * 1024;

    private final long mostPerConnection;
    private volatile Connection connection;
    private volatile long incompleteSince;
    private final AtomicLong counted = new AtomicLong();
    private final AtomicInteger holders = new AtomicInteger(1);
    private boolean streams;

    private RequestMeter(long mostPerConnection) {
        this.mostPerConnection = mostPerConnection;
    }

    /** @param mostPerConnection bytes under way at which a connection is closed */
    static ServerStreamTracer.Factory factory(long mostPerConnection) {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new RequestMeter(mostPerConnection);
            }
        };
    }

    /** Of the call that starts in this thread. */
    static RequestMeter current() {
        RequestMeter meter = CURRENT.get();
        if (meter == null) {
            throw new IllegalStateException("This thread starts no call.");
        }
        return meter;
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(CURRENT, this);
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
        streams = !call.getMethodDescriptor().getType().clientSendsOneMessage();
        connection = call.getAttributes().get(Connection.KEY);
    }

    @Override
    public void inboundWireSize(long bytes) {
        Connection mine = connection;
        if (mine != null && holders.get() > 0) {
            if (counted.getAndAdd(bytes) == 0) {
                incompleteSince = Math.max(1, System.nanoTime());
            }
            if (mine.requestBytes().add(bytes) > (mine.stranger() ? STRANGERS_BYTES : mostPerConnection)) {
                mine.close();
            }
        }
    }

    @Override
    public void inboundMessageRead(int number, long wireSize, long size) {
        if (streams) {
            reset();
        }
    }

    /** How many nanoseconds the message that is coming has taken so far; 0 if none is. */
    long incompleteFor(long now) {
        long since = incompleteSince;
        return since == 0 ? 0 : now - since;
    }

    @Override
    public void streamClosed(Status status) {
        letGo();
    }

    /** The request is in memory until {@link #letGo}, even if its call ends before. */
    void hold() {
        holders.incrementAndGet();
    }

    void letGo() {
        if (holders.decrementAndGet() == 0) {
            reset();
        }
    }

    private void reset() {
        Connection mine = connection;
        if (mine != null) {
            mine.requestBytes().add(-counted.getAndSet(0));
            incompleteSince = 0;
        }
    }
}
