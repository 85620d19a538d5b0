package lattice.bench.subject;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * etcd with one member, over gRPC. The three messages that are needed of its protocol ({@code rpc.proto} of etcd 3.4) are
 * written by hand: a client library would bring a second set of Netty.
 */
final class EtcdSubject implements Subject {
    private static final int CHANNELS = 8;
    static final int PUT_KEY = 1;
    static final int PUT_VALUE = 2;
    private static final int RANGE_KEY = 1;
    private static final int RANGE_END = 2;
    private static final int RANGE_KVS = 2;
    private static final int KV_VALUE = 5;

    static final MethodDescriptor<byte[], byte[]> PUT = method("etcdserverpb.KV/Put");
    private static final MethodDescriptor<byte[], byte[]> RANGE = method("etcdserverpb.KV/Range");

    private final PeerProcess server;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final AtomicInteger sessions = new AtomicInteger();

    EtcdSubject(Path folder) throws Exception {
        int port = PeerProcess.freePort();
        int peerPort = PeerProcess.freePort();
        String clients = "http://127.0.0.1:" + port;
        String peers = "http://127.0.0.1:" + peerPort;
        server = PeerProcess.start(folder, "etcd-server", port, List.of("etcd", "--name", "bench", "--data-dir",
                folder.resolve("data").toString(), "--listen-client-urls", clients, "--advertise-client-urls", clients,
                "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", "bench=" + peers,
                "--quota-backend-bytes", Long.toString(8L << 30)));
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
        public void put(String key, byte[] value) throws IOException {
            call(PUT, fields(PUT_KEY, key.getBytes(UTF_8), PUT_VALUE, value));
        }

        @Override
        public byte[] get(String key) throws IOException {
            List<byte[]> entries = entries(call(RANGE, fields(RANGE_KEY, key.getBytes(UTF_8), RANGE_END, new byte[0])));
            return entries.isEmpty() ? null : field(entries.get(0), KV_VALUE);
        }

        @Override
        public OptionalLong scan(String prefix) throws IOException {
            // '0' is the byte after '/'.
            byte[] answer = call(RANGE, fields(RANGE_KEY, (prefix + "/").getBytes(UTF_8), RANGE_END,
                    (prefix + "0").getBytes(UTF_8)));
            return OptionalLong.of(entries(answer).size());
        }

        private byte[] call(MethodDescriptor<byte[], byte[]> method, byte[] request) {
            return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
        }

        @Override
        public void close() {
            // The channel is shared, and closed with the server.
        }
    }

    static byte[] fields(int first, byte[] firstValue, int second, byte[] secondValue) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeByteArray(first, firstValue);
        // An end of a range that is there but empty would be the end of all keys.
        if (secondValue.length > 0) {
            out.writeByteArray(second, secondValue);
        }
        out.flush();
        return bytes.toByteArray();
    }

    private static List<byte[]> entries(byte[] answer) throws IOException {
        return all(answer, RANGE_KVS);
    }

    private static byte[] field(byte[] message, int number) throws IOException {
        List<byte[]> values = all(message, number);
        return values.isEmpty() ? new byte[0] : values.get(0);
    }

    private static List<byte[]> all(byte[] message, int number) throws IOException {
        List<byte[]> values = new ArrayList<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            // The low three bits are the wire type; 2 is a length and bytes.
            if (tag == (number << 3 | 2)) {
                values.add(in.readByteArray());
            } else {
                in.skipField(tag);
            }
        }
        return values;
    }

    private static MethodDescriptor<byte[], byte[]> method(String name) {
        MethodDescriptor.Marshaller<byte[]> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                try {
                    return ByteString.readFrom(stream).toByteArray();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        return MethodDescriptor.newBuilder(bytes, bytes).setType(MethodDescriptor.MethodType.UNARY).setFullMethodName(name)
                .build();
    }
}
