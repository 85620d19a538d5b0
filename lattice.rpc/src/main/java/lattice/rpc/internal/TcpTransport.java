package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;

/**
 * TCP.
 *
 * @param address where to listen
 */
record TcpTransport(InetSocketAddress address) implements Transport {
    @Override
    public IoHandlerFactory io() {
        return NioIoHandler.newFactory();
    }

    @Override
    public ServerChannel newServerChannel() {
        return new NioServerSocketChannel();
    }

    @Override
    public Peer peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address
                ? new Peer(address.getAddress().getHostAddress(),
                        address.getAddress().getHostAddress() + " port " + address.getPort())
                : new Peer("gone", "a peer that is gone");
    }
}
