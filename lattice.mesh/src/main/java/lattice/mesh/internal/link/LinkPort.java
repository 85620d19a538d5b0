package lattice.mesh.internal.link;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.mesh.internal.protocol.Message;
import lattice.mesh.internal.protocol.MessageCodec;
import lattice.mesh.internal.protocol.PeerLink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a node's links begin and end: one port for all its meshes, and what it dials. A link is handed on only when the
 * peer has shown its key in this very connection and the mesh it names welcomes that key.
 */
public final class LinkPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkPort.class);

    /** Through a network that has just come back the next try gets, not the next doubled wait of this one. */
    private static final int CONNECT_MILLIS = 2_000;
    /** A small machine that has just started takes its time over the first handshake. */
    private static final int HANDSHAKE_SECONDS = 15;
    private static final int DIAL_SECONDS = 20;
    /** For connections that have no link: gRPC lets nobody ask more often. {@link Pulses} looks after links. */
    private static final int ASK_AFTER_SECONDS = 10;
    private static final int ANSWER_SECONDS = 3;
    private static final int STREAMS_PER_CONNECTION = 4;
    private static final int MAX_LINKS = 512;
    private static final int FLOW_WINDOW = 1 << 20;
    private static final int REFUSAL_TOLD_SECONDS = 60;
    private static final int MAX_REFUSED = 256;
    private static final String TOO_LARGE = "it has more than the " + MessageCodec.MAX_BYTES + " bytes of the largest.";
    /** Streams that are opened and reset without end cost their opener less than this node (CVE-2023-44487). */
    private static final int MAX_RESETS = 200;
    private static final int RESETS_SECONDS = 10;

    /** A mesh that takes links. Called from threads of the port; must return at once. */
    public interface Guest {
        /** Whether a peer may have links with this node in this mesh. */
        boolean welcomes(NodeId peer);

        void linkUp(Link link);

        void linkDown(Link link);

        /** Deals with a message, and says so by {@link Link#dealtWith}. */
        void received(Link link, Message message, int bytes);

        /** A peer sent what is no message. */
        void malformed(Link link, String what);
    }

    /** Who deals with those that ask to be let in. Called from threads of the port. */
    public interface Doorkeeper {
        /** @param peer who has shown this key @param address where it comes from */
        Visit visit(NodeId peer, StoreId mesh, SocketAddress address);
    }

    /** One attempt to be let in. */
    public interface Visit {
        /**
         * Answers a message of the visitor's.
         *
         * @return what to say; after the last word nothing more is heard
         */
        Word hear(byte[] message);
    }

    /** What is said in a visit, and whether it was the last. */
    public record Word(byte[] bytes, boolean last) {
    }

    /** A link as the mesh sees it. */
    public static final class Link {
        private final StreamLink link;

        private Link(StreamLink link) {
            this.link = link;
        }

        public PeerLink peerLink() {
            return link;
        }

        public void dealtWith(int bytes) {
            link.dealtWith(bytes);
        }

        /** Where the peer is, as this node sees it. */
        public String address() {
            return link.address();
        }

        /** When it was opened, in milliseconds since 1970. */
        public long since() {
            return link.since();
        }

        public long sent() {
            return link.sent();
        }

        public long received() {
            return link.received();
        }

        @Override
        public String toString() {
            return link.toString();
        }
    }

    private final TlsIdentity identity;
    private final Map<StoreId, Guest> guests = new ConcurrentHashMap<>();
    private final AtomicInteger links = new AtomicInteger();
    private final Admission admission = new Admission();
    private final Visits visits;
    private final Pulses pulses = new Pulses();
    private final Map<String, Long> refused = new HashMap<>();
    private final Set<ManagedChannel> channels = ConcurrentHashMap.newKeySet();
    private final EventLoopGroup io = new MultiThreadIoEventLoopGroup(1,
            (ThreadFactory) task -> daemon(task, "lattice-mesh-io"), NioIoHandler.newFactory());
    private Server server;

    public LinkPort(TlsIdentity identity, Doorkeeper doorkeeper) {
        this.identity = identity;
        this.visits = new Visits(doorkeeper, this::later);
        io.next().scheduleAtFixedRate(pulses::beat, 1, 1, TimeUnit.SECONDS);
    }

    static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    public void open(StoreId mesh, Guest guest) {
        guests.put(mesh, guest);
    }

    public void close(StoreId mesh) {
        guests.remove(mesh);
    }

    /**
     * Starts to listen.
     *
     * @param port 0 for any that is free
     * @return the port
     */
    public synchronized int listen(String host, int port) throws IOException {
        if (server == null) {
            ServerServiceDefinition service = ServerServiceDefinition.builder(Wire.SERVICE)
                    .addMethod(Wire.LINK, this::accept).addMethod(Wire.JOIN, visits).build();
            server = NettyServerBuilder.forAddress(new InetSocketAddress(host, port)).sslContext(identity.server())
                    .bossEventLoopGroup(io).workerEventLoopGroup(io).channelFactory(this::newServerChannel)
                    .directExecutor().maxInboundMessageSize(MessageCodec.MAX_BYTES).maxInboundMetadataSize(4096)
                    .maxConcurrentCallsPerConnection(STREAMS_PER_CONNECTION).flowControlWindow(FLOW_WINDOW)
                    .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
                    .keepAliveTime(ASK_AFTER_SECONDS, TimeUnit.SECONDS)
                    .keepAliveTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .permitKeepAliveTime(1, TimeUnit.SECONDS).permitKeepAliveWithoutCalls(true)
                    .maxConnectionIdle(30, TimeUnit.SECONDS).maxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS)
                    .addStreamTracerFactory(VisitMeter.factory(this::saysTooMuch)).addService(service).build().start();
        }
        return server.getPort();
    }

    private ServerChannel newServerChannel() {
        NioServerSocketChannel channel = new NioServerSocketChannel();
        channel.pipeline().addLast(admission);
        return channel;
    }

    /** The port, if it listens. */
    public synchronized Optional<Integer> port() {
        return Optional.ofNullable(server).map(Server::getPort);
    }

    // Links that others open

    private ServerCall.Listener<byte[]> accept(ServerCall<byte[], byte[]> call, Metadata headers) {
        NodeId peer;
        StoreId mesh;
        try {
            peer = TlsIdentity.peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
            mesh = new StoreId(String.valueOf(headers.get(Wire.MESH)));
        } catch (SSLPeerUnverifiedException | IllegalArgumentException e) {
            LOG.debug("A stream is refused", e);
            return refuse(call, Status.UNAUTHENTICATED.withDescription("Name a mesh, and show a node's key."));
        }
        SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        Guest guest = guests.get(mesh);
        if (guest == null || !guest.welcomes(peer)) {
            if (isNews(peer.hex() + mesh.hex())) {
                LOG.warn("Node {} at {} wanted a link in mesh {} and is not a member of it, as far as is known here: refused.",
                        peer.shortId(), address, mesh.shortId());
            }
            return refuse(call, Status.PERMISSION_DENIED.withDescription("Not a member."));
        }
        if (links.incrementAndGet() > MAX_LINKS) {
            links.decrementAndGet();
            return refuse(call, Status.RESOURCE_EXHAUSTED.withDescription("Too many links."));
        }
        StreamLink stream = new StreamLink(peer, false, String.valueOf(address), new StreamLink.Stream() {
            @Override
            public boolean isReady() {
                return call.isReady();
            }

            @Override
            public void send(byte[] bytes) {
                call.sendMessage(bytes);
            }

            @Override
            public void request(int messages) {
                call.request(messages);
            }

            @Override
            public void close(String reason) {
                call.close(Status.OK.withDescription(reason), new Metadata());
            }
        });
        Link link = new Link(stream);
        Oversize.watch(() -> guest.malformed(link, TOO_LARGE));
        Runnable unwatch = pulses.watch(stream, admission.known(address), () -> admission.close(address));
        call.sendHeaders(new Metadata());
        call.request(StreamLink.IN_FLIGHT);
        guest.linkUp(link);
        return new ServerCall.Listener<>() {
            private final AtomicBoolean down = new AtomicBoolean();

            @Override
            public void onMessage(byte[] bytes) {
                receive(guest, link, peer, bytes);
            }

            @Override
            public void onReady() {
                stream.drain();
            }

            @Override
            public void onHalfClose() {
                stream.close("the peer has closed it");
                over();
            }

            @Override
            public void onCancel() {
                over();
            }

            @Override
            public void onComplete() {
                over();
            }

            private void over() {
                if (down.compareAndSet(false, true)) {
                    unwatch.run();
                    stream.ended();
                    links.decrementAndGet();
                    guest.linkDown(link);
                }
            }
        };
    }

    private void saysTooMuch(SocketAddress visitor) {
        if (isNews(Place.of(visitor))) {
            LOG.warn("Who asked at {} to join said more than the {} bytes that it takes: its connection is closed.", visitor,
                    VisitMeter.MAX_BYTES);
        }
        admission.close(visitor);
    }

    /** Whether a refusal was not told of lately: who is refused may try again and again, and the log is not his. */
    private boolean isNews(String refusal) {
        long now = System.nanoTime();
        synchronized (refused) {
            refused.values().removeIf(told -> now - told > TimeUnit.SECONDS.toNanos(REFUSAL_TOLD_SECONDS));
            return refused.size() < MAX_REFUSED && refused.putIfAbsent(refusal, now) == null;
        }
    }

    static ServerCall.Listener<byte[]> refuse(ServerCall<byte[], byte[]> call, Status status) {
        call.close(status, new Metadata());
        return new ServerCall.Listener<>() {
        };
    }

    private static void receive(Guest guest, Link link, NodeId peer, byte[] bytes) {
        if (!guest.welcomes(peer)) {
            link.link.close("it is no longer a member");
            return;
        }
        link.link.arrived();
        if (bytes.length == 0) {
            // It only says that it is there.
            link.link.dealtWith(0);
            return;
        }
        try {
            guest.received(link, MessageCodec.decode(bytes), bytes.length);
        } catch (MessageCodec.MalformedException e) {
            guest.malformed(link, e.getMessage());
        }
    }

    // Links that this node opens

    /**
     * Opens a link.
     *
     * @param failed called, once, if it can't be opened
     */
    public void dial(StoreId mesh, NodeId peer, String host, int port, Runnable failed) {
        Guest guest = guests.get(mesh);
        if (guest == null) {
            failed.run();
            return;
        }
        LastHeard heard = new LastHeard();
        ManagedChannel channel = channel(host, port, heard);
        ClientCall<byte[], byte[]> call = channel.newCall(Wire.LINK, CallOptions.DEFAULT);
        Metadata headers = new Metadata();
        headers.put(Wire.MESH, mesh.hex());
        StreamLink stream = new StreamLink(peer, true, host + ":" + port, new StreamLink.Stream() {
            @Override
            public boolean isReady() {
                return call.isReady();
            }

            @Override
            public void send(byte[] bytes) {
                call.sendMessage(bytes);
            }

            @Override
            public void request(int messages) {
                call.request(messages);
            }

            @Override
            public void close(String reason) {
                call.halfClose();
                later(1, () -> call.cancel(reason, null));
            }
        });
        Link link = new Link(stream);
        AtomicBoolean up = new AtomicBoolean();
        call.start(new ClientCall.Listener<>() {
            private Runnable unwatch = () -> { };

            @Override
            public void onHeaders(Metadata answered) {
                try {
                    NodeId shown = peerOf(call.getAttributes());
                    if (!shown.equals(peer)) {
                        LOG.warn("At {}:{} is node {}, not {}: no link.", host, port, shown.shortId(), peer.shortId());
                        call.cancel("another node than expected", null);
                        return;
                    }
                    if (!guest.welcomes(peer)) {
                        call.cancel("no member any more", null);
                        return;
                    }
                } catch (SSLPeerUnverifiedException e) {
                    call.cancel("no node", e);
                    return;
                }
                up.set(true);
                unwatch = pulses.watch(stream, heard, () -> drop(channel));
                guest.linkUp(link);
            }

            @Override
            public void onMessage(byte[] bytes) {
                receive(guest, link, peer, bytes);
            }

            @Override
            public void onReady() {
                stream.drain();
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                unwatch.run();
                drop(channel);
                stream.ended();
                if (up.get()) {
                    if (Oversize.isReason(status)) {
                        guest.malformed(link, TOO_LARGE);
                    }
                    guest.linkDown(link);
                } else {
                    LOG.debug("No link with {} at {}:{}: {}", peer, host, port, status);
                    if (status.getCode() == Status.Code.PERMISSION_DENIED && isNews(peer.hex() + mesh.hex())) {
                        LOG.warn("Node {} at {}:{} refuses a link in mesh {}: as far as it knows, this node is no member of it.",
                                peer.shortId(), host, port, mesh.shortId());
                    }
                    failed.run();
                }
            }
        }, headers);
        call.request(StreamLink.IN_FLIGHT);
        later(DIAL_SECONDS, () -> {
            if (!up.get()) {
                call.cancel("no answer in time", null);
            }
        });
    }

    private void later(int seconds, Runnable action) {
        try {
            io.schedule(action, seconds, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The port is closed; what it would have ended has ended", e);
        }
    }

    private static NodeId peerOf(Attributes attributes) throws SSLPeerUnverifiedException {
        return TlsIdentity.peer(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    }

    private ManagedChannel channel(String host, int port) {
        return channel(host, port, new LastHeard());
    }

    private ManagedChannel channel(String host, int port, LastHeard heard) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(host, port).sslContext(identity.client()).overrideAuthority("lattice")
                .eventLoopGroup(io).channelFactory(() -> newChannel(heard)).directExecutor()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .maxInboundMessageSize(MessageCodec.MAX_BYTES).maxInboundMetadataSize(4096).flowControlWindow(FLOW_WINDOW)
                .keepAliveTime(ASK_AFTER_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).disableRetry().build();
        channels.add(channel);
        return channel;
    }

    private static NioSocketChannel newChannel(LastHeard heard) {
        NioSocketChannel channel = new NioSocketChannel();
        channel.pipeline().addFirst(heard);
        return channel;
    }

    private void drop(ManagedChannel channel) {
        channels.remove(channel);
        channel.shutdownNow();
    }

    /**
     * Asks who is at an address, by its key alone.
     *
     * @param then called once, on a thread of the port, within a bounded time; empty if no node answers there
     */
    public void whoIsAt(StoreId mesh, String host, int port, Consumer<Optional<NodeId>> then) {
        ManagedChannel channel = channel(host, port);
        ClientCall<byte[], byte[]> call = channel.newCall(Wire.JOIN,
                CallOptions.DEFAULT.withDeadlineAfter(DIAL_SECONDS, TimeUnit.SECONDS));
        Metadata headers = new Metadata();
        headers.put(Wire.MESH, mesh.hex());
        call.start(new ClientCall.Listener<>() {
            private Optional<NodeId> shown = Optional.empty();

            @Override
            public void onHeaders(Metadata answered) {
                try {
                    shown = Optional.of(peerOf(call.getAttributes()));
                } catch (SSLPeerUnverifiedException e) {
                    LOG.debug("At {}:{} is no node", host, port, e);
                }
                call.cancel("that was all", null);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                drop(channel);
                then.accept(shown);
            }
        }, headers);
    }

    /** A conversation with a node that may let this one in. */
    public Conversation visit(StoreId mesh, NodeId inviter, String host, int port) {
        ManagedChannel channel = channel(host, port);
        return new Conversation(() -> drop(channel), openVisit(channel), mesh, inviter);
    }

    private static ClientCall<byte[], byte[]> openVisit(Channel channel) {
        return channel.newCall(Wire.JOIN, CallOptions.DEFAULT.withDeadlineAfter(Visits.VISIT_SECONDS, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
        Server listening;
        synchronized (this) {
            listening = server;
            server = null;
        }
        guests.clear();
        if (listening != null) {
            listening.shutdownNow();
        }
        List<ManagedChannel> dialled = List.copyOf(channels);
        dialled.forEach(this::drop);
        try {
            if (listening != null) {
                listening.awaitTermination(2, TimeUnit.SECONDS);
            }
            for (ManagedChannel channel : dialled) {
                channel.awaitTermination(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        io.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
        visits.close();
    }
}
