package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * A Unix socket. Java tells which user is at the other end and not which process; Netty's native transport would, but it
 * can't load its library from a bundle.
 */
final class SocketTransport implements Transport {
    @Override
    public ServerChannel newServerChannel() {
        return new NioServerDomainSocketChannel();
    }

    @Override
    public Peer peer(Channel channel) {
        UnixDomainPrincipal principal =
                channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
        return principal == null ? new Peer("unknown", "a process of an unknown user")
                : new Peer("user " + principal.user().getName(), "a process of user " + principal.user().getName());
    }
}
