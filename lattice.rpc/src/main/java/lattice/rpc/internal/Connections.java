package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.StatusRuntimeException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
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
    private final Load load;
    private final ReentrantLock relieving = new ReentrantLock();

    Connections(Limits limits, Executor writers, Function<Channel, Peer> peers) {
        this.limits = limits;
        this.writers = writers;
        this.peers = peers;
        this.load = new Load(limits.allBytes());
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
        Connection connection = new Connection(channel, peers.apply(channel), writers, this);
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

    /** How many bytes all of them hold, of requests under way and of answers that were not read. */
    long heldBytes() {
        return load.held();
    }

    /** Counts what a connection holds from now on, or no longer. */
    void hold(Connection connection, long bytes) {
        load.add(bytes);
        if (bytes > 0 && load.isTooMuch()) {
            relieve();
            if (load.isFarTooMuch()) {
                connection.close();
            }
        }
    }

    /**
     * Makes whoever holds most give way: by token, so that who spreads a load over many connections does not pass for many who
     * have little. What is being closed is on its way out and is not counted.
     */
    private void relieve() {
        // Whoever holds the lock does what is to be done; no thread of the network waits for another.
        if (!relieving.tryLock()) {
            return;
        }
        try {
            List<Connection> staying = open.values().stream().filter(connection -> !connection.closing()).toList();
            if (staying.stream().mapToLong(Connection::held).sum() <= limits.allBytes()) {
                return;
            }
            Map<Object, Long> owners = new HashMap<>();
            staying.forEach(connection -> owners.merge(connection.owner(), connection.held(), Long::sum));
            Object owner = owners.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
            staying.stream().filter(connection -> connection.owner().equals(owner))
                    .max(Comparator.comparingLong(Connection::held)).ifPresent(connection -> {
                        LOG.warn("Closing the connection of {}: requests and unread answers of all are more than {} bytes,"
                                + " and most of it is its owner's", connection.peer(), limits.allBytes());
                        connection.close();
                    });
        } finally {
            relieving.unlock();
        }
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
