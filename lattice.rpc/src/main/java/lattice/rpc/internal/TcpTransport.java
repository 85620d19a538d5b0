package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;

/** TCP. */
final class TcpTransport implements Transport {
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
