package lattice.bench.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import lattice.api.id.ServiceId;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Transaction;
import lattice.bench.subject.Data;
import lattice.bench.subject.Messages;
import lattice.bench.subject.Subject;
import lattice.client.ClientSettings;
import lattice.client.NodeAddress;
import lattice.client.NodeConnection;
import lattice.protocol.UnixSockets;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;

/**
 * A whole node, over its Unix socket, with a token as a daemon has it. Puts go as {@code lattice.client} sends them, over one
 * connection in one call of {@code Pipeline}; gets and watches by the same code as those of other servers.
 */
final class LatticePeer implements Peer {
    private static final int PATIENCE_SECONDS = 30;
    private static final Pattern TOKEN = Pattern.compile("^token\\s+(\\S+)", Pattern.MULTILINE);
    private static final MethodDescriptor<byte[], byte[]> PUT = Messages.method(MethodType.UNARY, "lattice.v1.StoreService/Put");
    private static final MethodDescriptor<byte[], byte[]> GET = Messages.method(MethodType.UNARY, "lattice.v1.StoreService/Get");
    private static final MethodDescriptor<byte[], byte[]> WATCH =
            Messages.method(MethodType.SERVER_STREAMING, "lattice.v1.StoreService/Watch");
    private static final int KEY = 1;
    private static final int VALUE = 2;

    private final NodeProcess node;
    private final EventLoopGroup loop;
    private final Calls calls;
    private final NodeConnection client;

    LatticePeer(Lattice lattice, Path folder) throws Exception {
        if (!Files.isRegularFile(lattice.jar())) {
            throw new Subject.UnavailableException(lattice.jar() + " is not there: build it, or name it with --jar");
        }
        node = NodeProcess.start(lattice, folder.resolve("node"));
        Matcher token = TOKEN.matcher(node.must("lattice:token create lattice.bench --read " + Data.PREFIX + " --write "
                + Data.PREFIX));
        if (!token.find()) {
            node.close();
            throw new IllegalStateException("The node gave no token.");
        }
        UnixSockets sockets = UnixSockets.best();
        loop = new MultiThreadIoEventLoopGroup(Calls.CONNECTIONS, sockets.io());
        Path socket = node.home().resolve("run/lattice.sock");
        calls = new Calls(IntStream.range(0, Calls.CONNECTIONS).<ManagedChannel>mapToObj(i -> NettyChannelBuilder
                .forAddress(sockets.address(socket)).channelType(sockets.channel()).eventLoopGroup(loop).usePlaintext()
                .overrideAuthority("bench").directExecutor().build()).toList(), "Bearer " + token.group(1));
        client = NodeConnection.open(new ClientSettings(new NodeAddress.Socket(socket), new ServiceId("lattice.bench"),
                token.group(1)));
    }

    @Override
    public String name() {
        return "lattice";
    }

    @Override
    public long pid() {
        return node.pid();
    }

    @Override
    public CompletionStage<?> put(String key, byte[] value) {
        return client.store().submit(Transaction.of(new Mutation.Put(new Key(key), value)));
    }

    /** The same node with puts by the unary call, as any gRPC tool sends them; it need not be closed. */
    Peer unary() {
        return new Peer() {
            @Override
            public String name() {
                return "lattice unary";
            }

            @Override
            public long pid() {
                return LatticePeer.this.pid();
            }

            @Override
            public CompletionStage<?> put(String key, byte[] value) {
                return calls.unary(PUT, Messages.message(KEY, key.getBytes(UTF_8), VALUE, value));
            }

            @Override
            public CompletionStage<?> get(String key) {
                return LatticePeer.this.get(key);
            }

            @Override
            public Optional<AutoCloseable> watch(String prefix, Consumer<byte[]> values) throws Exception {
                return LatticePeer.this.watch(prefix, values);
            }

            @Override
            public void close() {
                // The node is the other's.
            }
        };
    }

    @Override
    public CompletionStage<?> get(String key) {
        return calls.unary(GET, Messages.message(KEY, key.getBytes(UTF_8)));
    }

    /** Of WatchResponse: changes 1, of these changes 2, of these updated 1, of this value 2. */
    @Override
    public Optional<AutoCloseable> watch(String prefix, Consumer<byte[]> values) throws Exception {
        CompletableFuture<Void> started = new CompletableFuture<>();
        AutoCloseable watch = calls.stream(WATCH, false, Messages.message(KEY, prefix.getBytes(UTF_8)), message -> {
            for (byte[] changes : Messages.all(message, 1)) {
                for (byte[] change : Messages.all(changes, 2)) {
                    Messages.all(change, 1).forEach(entry -> Messages.all(entry, 2).forEach(values));
                }
            }
        }, started);
        started.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return Optional.of(watch);
    }

    @Override
    public void close() throws Exception {
        client.close();
        calls.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        node.close();
    }
}
