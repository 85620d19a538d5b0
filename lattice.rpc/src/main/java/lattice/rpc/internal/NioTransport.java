package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;

/** TCP with what Java brings. */
final class NioTransport implements Transport {
    @Override
    public ServerChannel newServerChannel() {
        return new NioServerSocketChannel();
    }

    @Override
    public EventLoopGroup newEventLoops(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    @Override
    public Peer peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address
                ? new Peer(address.getAddress().getHostAddress(),
                        address.getAddress().getHostAddress() + " port " + address.getPort())
                : new Peer("gone", "a peer that is gone");
    }
}
