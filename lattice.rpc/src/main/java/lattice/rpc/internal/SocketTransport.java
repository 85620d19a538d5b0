package lattice.rpc.internal;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import lattice.protocol.UnixSockets;

/**
 * A Unix socket. Where it is the system's own, by epoll, the system tells which process is at the other end; where it is
 * Java's only which user.
 *
 * @param path of the socket
 * @param sockets which of the two it is
 */
record SocketTransport(Path path, UnixSockets sockets) implements Transport {
    SocketTransport(Path path) {
        this(path, UnixSockets.best());
    }

    @Override
    public SocketAddress address() {
        return sockets.address(path);
    }

    @Override
    public IoHandlerFactory io() {
        return sockets.io();
    }

    @Override
    public ServerChannel newServerChannel() {
        return switch (sockets) {
            case EPOLL -> new EpollServerDomainSocketChannel();
            case JAVA -> new NioServerDomainSocketChannel();
        };
    }

    @Override
    public Peer peer(Channel channel) {
        if (channel instanceof EpollDomainSocketChannel epoll) {
            return peer(epoll);
        }
        UnixDomainPrincipal principal = channel instanceof NioDomainSocketChannel
                ? channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED)) : null;
        return principal == null ? new Peer("unknown", "a process of an unknown user")
                : new Peer("user " + principal.user().getName(), "a process of user " + principal.user().getName());
    }

    private static Peer peer(EpollDomainSocketChannel channel) {
        try {
            PeerCredentials credentials = channel.peerCredentials();
            // Counted by user: a process is soon another one.
            return new Peer("uid " + credentials.uid(), "process " + credentials.pid() + " of uid " + credentials.uid());
        } catch (IOException e) {
            return new Peer("unknown", "a process that is gone (" + e.getMessage() + ")");
        }
    }
}
