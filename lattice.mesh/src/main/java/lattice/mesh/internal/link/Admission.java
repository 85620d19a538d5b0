package lattice.mesh.internal.link;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Stands where connections are accepted, before TLS: so many may be open that have no link, and a share of them from one place;
 * the oldest of them makes room for a new one. A connection with a link is a member's.
 */
@Sharable
final class Admission extends ChannelInboundHandlerAdapter {
    static final int MAX_STRANGERS = 128;
    static final int MAX_OF_PLACE = 32;

    private record Accepted(Channel channel, String place, LastHeard heard) {
        /** At once: HTTP/2 would wait for calls to end. */
        void close() {
            channel.eventLoop().execute(() -> channel.unsafe().close(channel.unsafe().voidPromise()));
        }
    }

    /** By their addresses, which no two share. */
    private final Map<SocketAddress, Accepted> open = new HashMap<>();
    /** Those of them that have no link, oldest first. */
    private final Map<SocketAddress, Accepted> strangers = new LinkedHashMap<>();

    /** A connection was accepted: {@code message} is its channel, not yet registered with an event loop. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel channel = (Channel) message;
        SocketAddress address = channel.remoteAddress();
        Accepted accepted = new Accepted(channel, Place.of(address), new LastHeard());
        channel.pipeline().addFirst(accepted.heard());
        admit(address, accepted);
        channel.closeFuture().addListener(closed -> gone(address));
        context.fireChannelRead(message);
    }

    private synchronized void admit(SocketAddress address, Accepted accepted) {
        if (strangers.values().stream().filter(other -> other.place().equals(accepted.place())).count() >= MAX_OF_PLACE) {
            closeOldest(other -> other.place().equals(accepted.place()));
        } else if (strangers.size() >= MAX_STRANGERS) {
            closeOldest(other -> true);
        }
        open.put(address, accepted);
        strangers.put(address, accepted);
    }

    private void closeOldest(Predicate<Accepted> which) {
        Accepted oldest = strangers.values().stream().filter(which).findFirst().orElseThrow();
        strangers.values().remove(oldest);
        oldest.close();
    }

    private synchronized void gone(SocketAddress address) {
        open.remove(address);
        strangers.remove(address);
    }

    /** A member has a link over the connection from there. @return when anything last came from there */
    synchronized LastHeard known(SocketAddress address) {
        strangers.remove(address);
        Accepted accepted = open.get(address);
        return accepted == null ? new LastHeard() : accepted.heard();
    }

    /** Closes the connection from there, if there is one still. */
    synchronized void close(SocketAddress address) {
        Accepted accepted = open.get(address);
        if (accepted != null) {
            accepted.close();
        }
    }
}
