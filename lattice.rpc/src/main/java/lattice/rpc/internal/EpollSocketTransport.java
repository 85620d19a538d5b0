package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;

/** A Unix socket with Linux's epoll, by Netty's native library. It tells the process at the other end and its user. */
final class EpollSocketTransport implements Transport {
    /** Whether the library is here and loads. */
    static boolean available() {
        return Epoll.isAvailable();
    }

    @Override
    public ServerChannel newServerChannel() {
        return new EpollServerDomainSocketChannel();
    }

    @Override
    public EventLoopGroup newEventLoops(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), EpollIoHandler.newFactory());
    }

    @Override
    public Peer peer(Channel channel) {
        try {
            PeerCredentials credentials = ((EpollDomainSocketChannel) channel).peerCredentials();
            return new Peer("uid " + credentials.uid(), "pid " + credentials.pid() + " uid " + credentials.uid());
        } catch (IOException e) {
            // It connected and is gone already; there is nobody left to name.
            return new Peer("gone", "a process that is gone");
        }
    }
}
