package lattice.rpc.internal;

import io.grpc.Attributes;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AsciiString;
import java.util.Optional;

/** Plain HTTP/2, with the {@link Connection} where calls find it: gRPC shows them no other trace of their channel. */
final class AttachingNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
    private final InternalProtocolNegotiator.ProtocolNegotiator plain = InternalProtocolNegotiators.serverPlaintext();
    private final Connections connections;

    AttachingNegotiator(Connections connections) {
        this.connections = connections;
    }

    @Override
    public AsciiString scheme() {
        return plain.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler next) {
        return InternalProtocolNegotiators.waitUntilActiveHandler(new Attach(next), next.getNegotiationLogger());
    }

    @Override
    public void close() {
        plain.close();
    }

    private final class Attach extends ChannelInboundHandlerAdapter {
        private final GrpcHttp2ConnectionHandler next;

        Attach(GrpcHttp2ConnectionHandler next) {
            this.next = next;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            if (!(event instanceof ProtocolNegotiationEvent negotiated)) {
                super.userEventTriggered(context, event);
                return;
            }
            Optional<Connection> connection = connections.of(context.channel());
            if (connection.isEmpty()) {
                // It was closed meanwhile.
                context.close();
                return;
            }
            Attributes attributes = InternalProtocolNegotiationEvent.getAttributes(negotiated).toBuilder()
                    .set(Connection.KEY, connection.get()).build();
            context.pipeline().replace(context.name(), null, next);
            next.handleProtocolNegotiationCompleted(attributes, InternalProtocolNegotiationEvent.getSecurity(negotiated));
        }
    }
}
