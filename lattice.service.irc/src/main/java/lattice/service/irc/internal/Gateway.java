package lattice.service.irc.internal;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceContext;
import lattice.api.service.ServiceInstance;
import lattice.service.irc.internal.chat.ChatFeed;
import lattice.service.irc.internal.chat.ChatWriter;
import lattice.service.irc.internal.command.Commands;
import lattice.service.irc.internal.server.IrcServer;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running gateway. One thread serves all clients; the store is written and followed by threads of their own. */
final class Gateway implements ServiceInstance {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration STORE_DEADLINE = Duration.ofSeconds(30);
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    private static final Duration LOOP_DEADLINE = Duration.ofSeconds(3);
    private static final Duration TICK = Duration.ofSeconds(1);

    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("irc-gateway"), NioIoHandler.newFactory());
    private final ChatWriter writer;
    private final Network network;
    private final ChatFeed feed;
    private IrcServer server;

    private Gateway(ServiceContext context, Settings settings) {
        writer = new ChatWriter(context.store(), loop, STORE_DEADLINE);
        network = new Network(settings, writer, Clock.systemUTC(), System::nanoTime);
        feed = new ChatFeed(context.store(), network.chat(), loop, context::failed);
    }

    /** Makes a gateway that has read the store and listens. */
    static Gateway start(ServiceContext context) throws Exception {
        Gateway gateway = new Gateway(context, Settings.of(context.config()));
        try {
            gateway.open(context);
            return gateway;
        } catch (Exception e) {
            gateway.close();
            throw e;
        }
    }

    private void open(ServiceContext context) throws Exception {
        try {
            feed.start().get(READY_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new TimeoutException("The store's chat could not be read within " + READY_WITHIN.toSeconds() + " s.");
        }
        server = new IrcServer(loop, network, new Commands(network));
        loop.scheduleAtFixedRate(network::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        InetSocketAddress address = server.address();
        context.listening(new Endpoint("irc", address.getAddress().getHostAddress(), address.getPort()));
        LOG.info("IRC clients are served on {} port {}.", address.getAddress().getHostAddress(), address.getPort());
    }

    @Override
    public boolean reconfigure(ServiceConfig config) throws Exception {
        Settings now = Settings.of(config);
        CompletableFuture<Boolean> taken = CompletableFuture.supplyAsync(() -> {
            Settings before = network.settings();
            if (!now.sameServer(before)) {
                return false;
            }
            network.settings(now);
            if (now.history() > before.history()) {
                feed.rebuild();
            }
            return true;
        }, loop);
        return taken.get(LOOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Takes no more clients, lets what they said get into the store, sees them off, and ends. */
    @Override
    public void close() throws InterruptedException {
        try {
            if (server != null) {
                server.stopListening();
            }
            writer.close();
            if (server != null) {
                server.close();
            }
        } finally {
            // Whoever interrupts a close that takes too long still wants the threads to end and the sockets closed.
            try {
                feed.close();
            } finally {
                loop.shutdownGracefully(0, LOOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        if (!loop.awaitTermination(LOOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("The gateway's thread did not end within {} s.", LOOP_DEADLINE.toSeconds());
        }
    }
}
