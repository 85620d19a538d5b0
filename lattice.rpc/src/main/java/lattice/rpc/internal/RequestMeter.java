package lattice.rpc.internal;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/** Counts the bytes of a request as they come, before there is a message that could be judged by its size. */
final class RequestMeter extends ServerStreamTracer {
    private final long mostPerConnection;
    private volatile Connection connection;
    private long counted; // by one thread of the network

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

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
        connection = call.getAttributes().get(Connection.KEY);
    }

    @Override
    public void inboundWireSize(long bytes) {
        Connection mine = connection;
        if (mine != null) {
            counted += bytes;
            if (mine.requestBytes().addAndGet(bytes) > mostPerConnection) {
                mine.close();
            }
        }
    }

    @Override
    public void streamClosed(Status status) {
        Connection mine = connection;
        if (mine != null) {
            mine.requestBytes().addAndGet(-counted);
            counted = 0;
        }
    }
}
