package lattice.protocol;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** How a process uses Unix sockets. The two speak with each other. */
public enum UnixSockets {
    /** Linux's own, by a native library, for the processors that Netty has it for. */
    EPOLL,
    /** Java's, everywhere else. */
    JAVA;

    /** The fastest there is here. */
    public static UnixSockets best() {
        return Epoll.isAvailable() ? EPOLL : JAVA;
    }

    public SocketAddress address(Path path) {
        return this == EPOLL ? new DomainSocketAddress(path.toFile()) : UnixDomainSocketAddress.of(path);
    }

    /** What an event loop is made of. */
    public IoHandlerFactory io() {
        return this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    /** What a client connects by. */
    public Class<? extends Channel> channel() {
        return this == EPOLL ? EpollDomainSocketChannel.class : NioDomainSocketChannel.class;
    }
}
