package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import java.net.SocketAddress;

/** Which kind of socket bytes get in and out by, and where it is. */
interface Transport {
    SocketAddress address();

    /** What the threads of the network wait for bytes by. */
    IoHandlerFactory io();

    ServerChannel newServerChannel();

    /** Who is at the other end, as far as the system tells. */
    Peer peer(Channel channel);
}
