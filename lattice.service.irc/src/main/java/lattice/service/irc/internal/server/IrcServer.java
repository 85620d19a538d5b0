package lattice.service.irc.internal.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Wire;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for clients, and brings those that it takes to the network. */
@SuppressWarnings("try") // it may be interrupted while it closes
public final class IrcServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IrcServer.class);
    private static final int BACKLOG = 256;
    private static final int READ = 4096;
    private static final int SEND_BUFFER = 128 * 1024;
    private static final long CLOSE_SECONDS = 2;
    private static final long LAST_WORDS_MILLIS = 1000;

    private final Network network;
    private final Network.LineHandler lines;
    private final ConnectionLimiter limiter = new ConnectionLimiter();
    private final EventLoopGroup loop;
    private final ChannelGroup clients;
    private final Channel channel;

    /**
     * Starts to listen.
     *
     * @param loop of one thread, on which everything happens
     * @throws BindException if the port is taken or the address is not one of this machine
     * @throws UnknownHostException if the address is none
     */
    public IrcServer(EventLoopGroup loop, Network network, Network.LineHandler lines)
            throws BindException, UnknownHostException, InterruptedException {
        this.loop = loop;
        this.network = network;
        this.lines = lines;
        this.clients = new DefaultChannelGroup(loop.next());
        Settings settings = network.settings();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(settings.bind()), settings.port());
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                // Else the system would hold megabytes for a client that does not read, beyond its send queue.
                .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ).maxMessagesPerRead(1))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        accept(client);
                    }
                })
                .bind(address)
                .await();
        if (!bound.isSuccess()) {
            BindException failure = new BindException("Can't listen on " + settings.bind() + " port " + settings.port() + ": "
                    + bound.cause().getMessage() + ". Set another 'port' (0 takes any free one) or 'bind'.");
            failure.initCause(bound.cause());
            throw failure;
        }
        this.channel = bound.channel();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    private void accept(SocketChannel client) {
        InetAddress address = client.remoteAddress().getAddress();
        if (!limiter.enter(address, network.settings().limits())) {
            LOG.debug("{} has too many connections, or all together have.", address.getHostAddress());
            Message error = new Message(Map.of(), Optional.empty(), "ERROR",
                    List.of("Closing Link: " + address.getHostAddress() + " (Too many connections)"), true);
            client.writeAndFlush(Unpooled.wrappedBuffer(Wire.encode(error))).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        client.closeFuture().addListener(closed -> limiter.leave(address));
        clients.add(client);
        int sendQueue = network.settings().limits().sendQueue();
        client.config().setWriteBufferWaterMark(new WriteBufferWaterMark(sendQueue / 2, sendQueue));
        client.pipeline().addLast(new LineDecoder(),
                new ClientHandler(client, address.getHostAddress(), network, lines));
    }

    /** Takes no more clients. */
    public void stopListening() throws InterruptedException {
        if (!channel.close().await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("The port of the gateway was not closed within {} s.", CLOSE_SECONDS);
        }
    }

    /** Says good-bye to all clients and waits, though not for long, until they have heard it. */
    @Override
    public void close() throws InterruptedException {
        stopListening();
        loop.execute(() -> network.shutDown("The gateway is closing"));
        // The group's future is made on the loop, so that it comes after the last client that was let in.
        CompletableFuture<Void> gone = new CompletableFuture<>();
        loop.execute(() -> clients.newCloseFuture().addListener(closed -> gone.complete(null)));
        try {
            gone.get(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.info("{} clients did not hear that the gateway closes.", clients.size());
        } catch (ExecutionException e) {
            throw new IllegalStateException("A future that can't fail failed.", e);
        }
        clients.close();
    }
}
