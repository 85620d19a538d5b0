package lattice.service.irc.internal.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import lattice.service.irc.internal.session.Connection;
import lattice.service.irc.internal.session.Network;
import lattice.service.irc.internal.session.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection of one client. What it does not read in time waits up to a bound; beyond that it is disconnected. */
final class ClientHandler extends SimpleChannelInboundHandler<Input> implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(ClientHandler.class);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Channel channel;
    private final String address;
    private final Network network;
    private final Network.LineHandler lines;
    private Session session;
    private boolean flushing;
    private boolean overflown;

    ClientHandler(Channel channel, String address, Network network, Network.LineHandler lines) {
        this.channel = channel;
        this.address = address;
        this.network = network;
        this.lines = lines;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        session = network.connect(this, lines);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Input input) {
        if (session.isClosed()) {
            return;
        }
        if (input instanceof Input.Text text) {
            network.received(session, text.line());
        } else if (input instanceof Input.TooLong) {
            network.receivedTooMuch(session);
        } else {
            network.disconnect(session, "Excess Flood");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        network.hungUp(session);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("The connection of {} broke.", address, cause);
        } else {
            LOG.error("A line of {} could not be dealt with; the client is disconnected.", address, cause);
            if (session != null) {
                network.gone(session, "Internal error");
            }
        }
        channel.close();
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public void write(byte[] line) {
        if (overflown || !channel.isActive()) {
            return;
        }
        channel.write(Unpooled.wrappedBuffer(line));
        if (!channel.isWritable()) {
            channel.flush();
            if (!channel.isWritable()) {
                overflow();
                return;
            }
        }
        if (!flushing) {
            flushing = true;
            channel.eventLoop().execute(() -> {
                flushing = false;
                channel.flush();
            });
        }
    }

    private void overflow() {
        overflown = true;
        // Not at once: whoever is writing now may be in the middle of going through the members of a room.
        channel.eventLoop().execute(() -> {
            network.gone(session, "SendQ exceeded");
            channel.close();
        });
    }

    @Override
    public void close() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        channel.eventLoop().schedule(() -> channel.close(), LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void read(boolean more) {
        channel.config().setAutoRead(more);
    }

    @Override
    public void later(Duration delay, Runnable task) {
        channel.eventLoop().schedule(() -> {
            if (channel.isActive()) {
                task.run();
            }
        }, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
