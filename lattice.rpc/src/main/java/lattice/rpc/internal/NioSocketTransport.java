package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** A Unix socket with what Java brings. It tells the user at the other end, not the process. */
final class NioSocketTransport implements Transport {
    @Override
    public ServerChannel newServerChannel() {
        return new NioServerDomainSocketChannel();
    }

    @Override
    public EventLoopGroup newEventLoops(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    @Override
    public Peer peer(Channel channel) {
        UnixDomainPrincipal principal =
                channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
        return principal == null ? new Peer("unknown", "a process of an unknown user")
                : new Peer("user " + principal.user().getName(), "a process of user " + principal.user().getName());
    }
}
