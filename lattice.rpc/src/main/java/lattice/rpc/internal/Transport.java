package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;

/** How bytes get in and out: which kind of socket, by which means of the system. */
interface Transport {
    ServerChannel newServerChannel();

    EventLoopGroup newEventLoops(int threads, String name);

    /** Who is at the other end, as far as the system tells. */
    Peer peer(Channel channel);
}
