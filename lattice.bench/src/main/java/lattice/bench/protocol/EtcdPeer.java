package lattice.bench.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lattice.bench.subject.PeerProcess;

/** etcd with one member, over loopback, by the fields of its {@code rpc.proto} and {@code kv.proto} (v3). */
final class EtcdPeer implements Peer {
    private static final int PATIENCE_SECONDS = 30;
    private static final MethodDescriptor<byte[], byte[]> PUT = Wire.method(MethodType.UNARY, "etcdserverpb.KV/Put");
    private static final MethodDescriptor<byte[], byte[]> RANGE = Wire.method(MethodType.UNARY, "etcdserverpb.KV/Range");
    private static final MethodDescriptor<byte[], byte[]> WATCH =
            Wire.method(MethodType.BIDI_STREAMING, "etcdserverpb.Watch/Watch");
    private static final int KEY = 1;
    private static final int VALUE = 2;

    private final PeerProcess server;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(Calls.CONNECTIONS, NioIoHandler.newFactory());
    private final Calls calls;

    EtcdPeer(Path folder) throws Exception {
        int port = PeerProcess.freePort();
        String clients = "http://127.0.0.1:" + port;
        String peers = "http://127.0.0.1:" + PeerProcess.freePort();
        server = PeerProcess.start(folder, "etcd-server", port, List.of("etcd", "--name", "bench", "--data-dir",
                folder.resolve("data").toString(), "--listen-client-urls", clients, "--advertise-client-urls", clients,
                "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", "bench=" + peers,
                "--quota-backend-bytes", Long.toString(8L << 30)));
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
        return calls.unary(PUT, Wire.message(KEY, key.getBytes(UTF_8), VALUE, value));
    }

    @Override
    public CompletionStage<?> get(String key) {
        return calls.unary(RANGE, Wire.message(KEY, key.getBytes(UTF_8)));
    }

    /** WatchRequest: create_request 1 with key 1 and range_end 2. Of WatchResponse: events 11, of these kv 2, of this value 5. */
    @Override
    public Optional<AutoCloseable> watch(String prefix, Consumer<byte[]> values) throws Exception {
        CompletableFuture<Void> started = new CompletableFuture<>();
        // '0' is the byte after '/'.
        byte[] create = Wire.message(1, (prefix + "/").getBytes(UTF_8), 2, (prefix + "0").getBytes(UTF_8));
        AutoCloseable watch = calls.stream(WATCH, true, Wire.message(1, create), message -> {
            for (byte[] event : Wire.all(message, 11)) {
                Wire.all(event, 2).forEach(kv -> Wire.all(kv, 5).forEach(values));
            }
        }, started);
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
