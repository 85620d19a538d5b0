package lattice.bench.protocol;


import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lattice.bench.subject.Etcd;
import lattice.bench.subject.PeerProcess;

/** etcd with one member, over loopback. */
final class EtcdPeer implements Peer {
    private static final int PATIENCE_SECONDS = 30;

    private final PeerProcess server;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(Calls.CONNECTIONS, NioIoHandler.newFactory());
    private final Calls calls;

    EtcdPeer(Path folder) throws Exception {
        int port = PeerProcess.freePort();
        server = Etcd.start(folder, port);
        calls = new Calls(IntStream.range(0, Calls.CONNECTIONS).<ManagedChannel>mapToObj(i -> NettyChannelBuilder
                .forAddress("127.0.0.1", port).channelType(NioSocketChannel.class).eventLoopGroup(loop).usePlaintext()
                .directExecutor().build()).toList(), "");
    }

    @Override
    public String name() {
        return "etcd";
    }

    @Override
    public long pid() {
        return server.pid();
    }

    @Override
    public CompletionStage<?> put(String key, byte[] value) {
        return calls.unary(Etcd.PUT, Etcd.put(key, value));
    }

    @Override
    public CompletionStage<?> get(String key) {
        return calls.unary(Etcd.RANGE, Etcd.get(key));
    }

    @Override
    public Optional<AutoCloseable> watch(String prefix, Consumer<byte[]> values) throws Exception {
        CompletableFuture<Void> started = new CompletableFuture<>();
        AutoCloseable watch = calls.stream(Etcd.WATCH, true, Etcd.watch(prefix),
                message -> Etcd.watched(message).forEach(values), started);
        started.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return Optional.of(watch);
    }

    @Override
    public void close() throws Exception {
        calls.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        server.close();
    }
}
