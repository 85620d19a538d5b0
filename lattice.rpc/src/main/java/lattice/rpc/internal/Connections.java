package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.StatusRuntimeException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All connections of one listening socket. It stands before gRPC where connections are accepted, so that a flood of them
 * costs little, and it clears up: strangers that do not introduce themselves, requests that do not end, answers that
 * nobody reads.
 */
@Sharable
final class Connections extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    private final Limits limits;
    private final Executor writers;
    private final Function<Channel, Peer> peers;
    private final Map<Channel, Connection> open = new ConcurrentHashMap<>();
    private final AtomicLong turnedAway = new AtomicLong();

    Connections(Limits limits, Executor writers, Function<Channel, Peer> peers) {
        this.limits = limits;
        this.writers = writers;
        this.peers = peers;
    }

    /** A connection was accepted: {@code message} is its channel, not yet registered with an event loop. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel channel = (Channel) message;
        if (open.size() >= limits.connections()) {
            // To close one takes a moment; until then there is no room for another.
            dropOldestStranger();
            turnedAway.incrementAndGet();
            channel.unsafe().closeForcibly();
            return;
        }
        Connection connection = new Connection(channel, peers.apply(channel), writers);
        open.put(channel, connection);
        channel.closeFuture().addListener(closed -> {
            open.remove(channel);
            connection.sessions().forEach(session -> session.gone(connection));
        });
        if (open.values().stream().filter(Connection::stranger).count() > limits.strangers()) {
            dropOldestStranger();
        }
        context.fireChannelRead(message);
    }

    private void dropOldestStranger() {
        open.values().stream().filter(Connection::stranger)
                .min(Comparator.comparingLong(Connection::strangerSince)).ifPresent(connection -> {
                    turnedAway.incrementAndGet();
                    connection.close();
                });
    }

    Optional<Connection> of(Channel channel) {
        return Optional.ofNullable(open.get(channel));
    }

    int count() {
        return open.size();
    }

    /** How many bytes of pages were sent on all of them and not read. */
    long unreadPageBytes() {
        return open.values().stream().mapToLong(connection -> connection.pageBytes().get()).sum();
    }

    /** Clears up; called each second. */
    void sweep() {
        long now = System.nanoTime();
        for (Connection connection : open.values()) {
            if (connection.stranger() && now - connection.strangerSince() > limits.introduction().toNanos()) {
                LOG.debug("Closing the connection of {}: it showed no good token", connection.peer());
                connection.close();
                continue;
            }
            for (GuardedCall<?, ?> call : connection.calls()) {
                if (call.sendsTooSlowly(now, limits.requestWithin().toNanos())) {
                    call.end(requestTooSlow());
                } else if (call.lingers(now, limits.lingering().toNanos())) {
                    LOG.info("Closing the connection of {}: it reads no answers", connection.peer());
                    connection.close();
                    break;
                }
            }
        }
        long refused = turnedAway.getAndSet(0);
        if (refused > 0) {
            LOG.warn("Turned {} connections away: {} are open, the most is {}, of which {} may be without a good token",
                    refused, open.size(), limits.connections(), limits.strangers());
        }
    }

    private StatusRuntimeException requestTooSlow() {
        return Failures.status(Reason.INVALID_REQUEST, "The request was not complete within "
                + limits.requestWithin().toSeconds() + " s. Send it at once.");
    }
}
