package lattice.service.health.internal;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import lattice.api.node.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers probes over HTTP: {@code GET /healthz} (is it alive) and {@code GET /readyz} (does it do its work). It serves
 * supervisors on this machine, so it has no use for large requests, long connections or many of them.
 */
final class ProbeServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProbeServer.class);
    private static final int MAX_LINE = 1024;
    private static final int MAX_HEADERS = 8 * 1024;
    private static final int MAX_BODY = 1024;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final EventLoopGroup group;
    private final ChannelGroup connections;
    private final InetSocketAddress address;

    /**
     * What clients may use up.
     *
     * @param connections how many there may be at once; more are closed at once
     * @param life after which a connection is closed, whatever it does
     */
    record Limits(int connections, Duration life) {
        static final Limits USUAL = new Limits(32, Duration.ofSeconds(30));
    }

    private ProbeServer(EventLoopGroup group, ChannelGroup connections, InetSocketAddress address) {
        this.group = group;
        this.connections = connections;
        this.address = address;
    }

    /** @throws IOException if it can't listen there; the message says what to do */
    static ProbeServer start(InetSocketAddress at, Probes probes, Limits limits) throws IOException, InterruptedException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, DaemonThreads.named("lattice.health http"),
                NioIoHandler.newFactory());
        try {
            ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
            ChannelFuture bound = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childHandler(new Connection(connections, probes, limits))
                    .bind(at).await();
            if (!bound.isSuccess()) {
                throw new IOException("The health probes can't listen on " + at.getAddress().getHostAddress() + " port "
                        + at.getPort() + " (" + bound.cause().getMessage() + "): set httpPort to a free port, or to 0 for any.",
                        bound.cause());
            }
            connections.add(bound.channel());
            return new ProbeServer(group, connections, (InetSocketAddress) bound.channel().localAddress());
        } catch (IOException | InterruptedException | RuntimeException e) {
            group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
            throw e;
        }
    }

    Endpoint endpoint() {
        return new Endpoint("http", address.getAddress().getHostAddress(), address.getPort());
    }

    @Override
    public void close() {
        connections.close().awaitUninterruptibly(CLOSE_PATIENCE.toMillis());
        group.shutdownGracefully(0, CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_PATIENCE.toMillis());
    }

    private static final class Connection extends ChannelInitializer<Channel> {
        private final ChannelGroup connections;
        private final Probes probes;
        private final Limits limits;

        Connection(ChannelGroup connections, Probes probes, Limits limits) {
            this.connections = connections;
            this.probes = probes;
            this.limits = limits;
        }

        @Override
        protected void initChannel(Channel channel) {
            // The server's own channel is in the group too.
            if (connections.size() > limits.connections()) {
                channel.close();
                return;
            }
            connections.add(channel);
            channel.eventLoop().schedule((Runnable) channel::close, limits.life().toMillis(), TimeUnit.MILLISECONDS);
            channel.pipeline().addLast(
                    new HttpServerCodec(new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE).setMaxHeaderSize(MAX_HEADERS)),
                    new HttpServerKeepAliveHandler(),
                    new HttpObjectAggregator(MAX_BODY),
                    new Answering(probes));
        }
    }

    private static final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Probes probes;

        Answering(Probes probes) {
            this.probes = probes;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            context.writeAndFlush(answer(request));
        }

        private FullHttpResponse answer(FullHttpRequest request) {
            if (request.decoderResult().isFailure()) {
                return response(HttpResponseStatus.BAD_REQUEST, Json.status("bad request"), false);
            }
            boolean head = request.method().equals(HttpMethod.HEAD);
            if (!isLoopback(request.headers().get(HttpHeaderNames.HOST, "localhost"))) {
                // A page in a browser whose name was made to point here must not read what this node is about.
                return response(HttpResponseStatus.FORBIDDEN, Json.status("ask by a loopback address"), head);
            }
            String path = request.uri().split("\\?", 2)[0];
            if (!path.equals("/healthz") && !path.equals("/readyz")) {
                return response(HttpResponseStatus.NOT_FOUND, Json.status("there are /healthz and /readyz"), head);
            }
            if (!head && !request.method().equals(HttpMethod.GET)) {
                FullHttpResponse refused = response(HttpResponseStatus.METHOD_NOT_ALLOWED, Json.status("only GET and HEAD"), false);
                refused.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
                return refused;
            }
            Probes.Answer answer = path.equals("/healthz") ? probes.liveness() : probes.readiness();
            return response(answer.ok() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, answer.json(), head);
        }

        private static boolean isLoopback(String host) {
            String name = host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]+$", "");
            return name.equals("localhost") || name.equals("[::1]") || name.matches("127(\\.[0-9]{1,3}){3}");
        }

        private static FullHttpResponse response(HttpResponseStatus status, byte[] json, boolean head) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status,
                    head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(json));
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .set(HttpHeaderNames.CONTENT_LENGTH, json.length)
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
            return response;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.debug("A probe's connection broke: {}", cause.toString());
            context.close();
        }
    }
}
