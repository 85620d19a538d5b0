package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;

/** Which kind of socket bytes get in and out by. */
interface Transport {
    ServerChannel newServerChannel();

    /** Who is at the other end, as far as the system tells. */
    Peer peer(Channel channel);
}
