package lattice.bench.subject;


import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** etcd with one member, over gRPC. */
final class EtcdSubject implements Subject {
    private static final int CHANNELS = 8;

    private final PeerProcess server;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final AtomicInteger sessions = new AtomicInteger();

    EtcdSubject(Path folder) throws Exception {
        int port = PeerProcess.freePort();
        server = Etcd.start(folder, port);
        for (int i = 0; i < CHANNELS; i++) {
            channels.add(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build());
        }
    }

    @Override
    public String name() {
        return "etcd";
    }

    @Override
    public Session session() {
        return new EtcdSession(channels.get(sessions.getAndIncrement() % CHANNELS));
    }

    @Override
    public Optional<AutoCloseable> watch(String prefix, Watcher watcher) {
        return Optional.empty();
    }

    @Override
    public void close() throws InterruptedException {
        for (ManagedChannel channel : channels) {
            channel.shutdownNow();
            channel.awaitTermination(10, TimeUnit.SECONDS);
        }
        server.close();
    }

    private record EtcdSession(Channel channel) implements Session {
        @Override
        public void put(String key, byte[] value) {
            call(Etcd.PUT, Etcd.put(key, value));
        }

        @Override
        public byte[] get(String key) {
            List<byte[]> values = Etcd.values(call(Etcd.RANGE, Etcd.get(key)));
            return values.isEmpty() ? null : values.get(0);
        }

        @Override
        public OptionalLong scan(String prefix) {
            return OptionalLong.of(Etcd.values(call(Etcd.RANGE, Etcd.below(prefix))).size());
        }

        private byte[] call(MethodDescriptor<byte[], byte[]> method, byte[] request) {
            return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
        }

        @Override
        public void close() {
            // The channel is shared, and closed with the server.
        }
    }
}
