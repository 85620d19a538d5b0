package lattice.rpc.internal;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.client.ClientSettings;
import lattice.client.NodeAddress;
import lattice.client.NodeConnection;
import lattice.protocol.Wire;
import lattice.rpc.TokenGrant;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import lattice.v1.StoreServiceGrpc;

/** A store, mostly one in memory, served on a socket of its own, with clients of all sorts. */
final class ServedStore implements AutoCloseable {
    /** The token of this service opens the store as it is, without rights or a name. */
    static final ServiceId OPERATOR = new ServiceId("test.operator");

    private final Path directory;
    private final Path socket;
    private final NodeId node;
    private final Store store;
    private final AutoCloseable owner;
    private final Tokens tokens;
    private final Limits limits;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<AutoCloseable> opened = new ArrayList<>();
    private ProtocolServer server;

    ServedStore() throws IOException {
        this(Limits.standard());
    }

    ServedStore(Limits limits) throws IOException {
        this(limits, new InMemoryStore());
    }

    ServedStore(Limits limits, InMemoryStore store) throws IOException {
        this(limits, TestNodeStatus.NODE, store, store::restrictedTo, store);
    }

    /**
     * @param store as it is, for {@link #OPERATOR}
     * @param restricted the same with the rights of a service
     * @param owner closes it
     */
    ServedStore(Limits limits, NodeId node, Store store, BiFunction<ServiceId, Acl, Store> restricted, AutoCloseable owner)
            throws IOException {
        this.limits = limits;
        this.node = node;
        this.store = store;
        this.owner = owner;
        this.directory = Files.createTempDirectory("lattice");
        this.socket = directory.resolve("lattice.sock");
        this.tokens = new Tokens(new MemoryMetaStore(), node, info -> info.store().equals("root")
                ? Optional.of(info.service().equals(OPERATOR) ? store : restricted.apply(info.service(), info.acl()))
                : Optional.empty(), InstantSource.system());
        start();
    }

    /** Serves, again if it was stopped. */
    void start() throws IOException {
        server = new ProtocolServer(new SocketTransport(socket), Wire.bytes(node.hex()), tokens, limits);
    }

    /** Stops serving; the store and the tokens stay. */
    void stop() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }

    Path socket() {
        return socket;
    }

    /** The store, if it is one in memory. */
    InMemoryStore store() {
        return (InMemoryStore) store;
    }

    Tokens tokens() {
        return tokens;
    }

    ProtocolServer server() {
        return server;
    }

    /** A token that may read and write these beyond what every service may; the strings are paths with commas. */
    String token(String service, String read, String write) {
        return tokens.issue(new TokenGrant(new ServiceId(service), "root", new Acl(prefixes(read), prefixes(write)),
                Optional.empty(), true)).secret();
    }

    /** A token with these rights and no others, whether or not the rules would give them. */
    String tokenFor(ServiceId service, Acl rights) {
        return tokens.issue(new TokenGrant(service, "root", rights, Optional.empty(), true), rights, endpoints -> { }).secret();
    }

    private static Set<Prefix> prefixes(String paths) {
        return Stream.of(paths.split(",")).filter(path -> !path.isEmpty()).map(Prefix::new).collect(Collectors.toSet());
    }

    /** The store over the socket, as a service sees it. */
    Store client(ServiceId service, String token) {
        NodeConnection connection = connection(service, token);
        return connection.store();
    }

    NodeConnection connection(ServiceId service, String token) {
        NodeConnection connection = NodeConnection.open(new ClientSettings(new NodeAddress.Socket(socket), service, token,
                Duration.ofSeconds(20)));
        opened.add(connection);
        return connection;
    }

    /** A bare channel to the socket. */
    ManagedChannel channel() {
        ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioDomainSocketChannel.class).eventLoopGroup(loop).usePlaintext().overrideAuthority("test")
                .maxInboundMessageSize(Wire.MAX_MESSAGE_BYTES).build();
        opened.add(() -> {
            channel.shutdownNow();
            channel.awaitTermination(5, TimeUnit.SECONDS);
        });
        return channel;
    }

    /** The bare calls with a token. */
    StoreServiceGrpc.StoreServiceBlockingStub stub(String token) {
        return StoreServiceGrpc.newBlockingStub(channel()).withInterceptors(bearer(token))
                .withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    static io.grpc.ClientInterceptor bearer(String token) {
        Metadata headers = new Metadata();
        headers.put(Authentication.AUTHORIZATION, "Bearer " + token);
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        server.close();
        owner.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        Files.deleteIfExists(socket);
        Files.deleteIfExists(directory);
    }
}
