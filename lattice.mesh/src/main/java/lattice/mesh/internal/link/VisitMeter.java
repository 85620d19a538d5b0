package lattice.mesh.internal.link;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import java.net.SocketAddress;
import java.util.function.Consumer;

/** Notices a visit that says more than any visitor has to: messages of links are large, and a visitor has proven nothing yet. */
final class VisitMeter extends ServerStreamTracer {
    static final int MAX_BYTES = 16 * 1024;

    private final Consumer<SocketAddress> end;
    // Both are the connection's thread's alone.
    private SocketAddress from;
    private long said;

    private VisitMeter(Consumer<SocketAddress> end) {
        this.end = end;
    }

    /** @param end called with the address of who says too much; has to close the connection, which reads on otherwise */
    static Factory factory(Consumer<SocketAddress> end) {
        return new Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return method.equals(Wire.JOIN.getFullMethodName()) ? new VisitMeter(end) : new Oversize();
            }
        };
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
        from = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    }

    @Override
    public void inboundWireSize(long bytes) {
        said += bytes;
        if (said > MAX_BYTES) {
            end.accept(from);
        }
    }
}
