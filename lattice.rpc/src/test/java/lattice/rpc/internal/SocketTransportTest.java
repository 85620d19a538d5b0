package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lattice.protocol.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SocketTransportTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void tellsWhoIsAtTheOtherEnd(UnixSockets sockets) throws Exception {
        assumeTrue(sockets == UnixSockets.JAVA || UnixSockets.best() == sockets);
        Peer peer = peerOf(new SocketTransport(folder.resolve("socket"), sockets));
        assertThat(peer.description()).contains(sockets == UnixSockets.EPOLL
                ? "process " + ProcessHandle.current().pid() + " of uid " : "user " + System.getProperty("user.name"));
    }

    /** Elsewhere Java's do; here they would be slower, and name no process. */
    @Test
    void usesTheSystemsOwnOnLinux() {
        assumeTrue(System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").matches("amd64|aarch64"));
        assertThat(UnixSockets.best()).isEqualTo(UnixSockets.EPOLL);
    }

    private static Peer peerOf(Transport transport) throws Exception {
        CompletableFuture<Peer> peer = new CompletableFuture<>();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, transport.io());
        try {
            new ServerBootstrap().group(loops).channelFactory(transport::newServerChannel)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            peer.complete(transport.peer(channel));
                        }
                    }).bind(transport.address()).sync();
            try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                client.connect(UnixDomainSocketAddress.of(((SocketTransport) transport).path()));
                return peer.get(20, TimeUnit.SECONDS);
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
