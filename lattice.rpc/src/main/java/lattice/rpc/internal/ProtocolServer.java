package lattice.rpc.internal;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import lattice.protocol.Wire;
import lattice.v1.StoreServiceGrpc;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the protocol at one address, until it is closed. */
final class ProtocolServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolServer.class);
    private static final int WINDOW_BYTES = 1024 * 1024;
    private static final int METADATA_BYTES = 8 * 1024;
    private static final int PATIENCE_SECONDS = 5;

    private final Connections connections;
    private final StoreCalls calls;
    private final WatchBudget budget;
    private final ExecutorService readers;
    private final ExecutorService writers;
    private final ScheduledExecutorService clock;
    private final EventLoopGroup acceptor;
    private final EventLoopGroup loops;
    private final HealthStatusManager health = new HealthStatusManager();
    private final Server server;

    /**
     * Starts serving.
     *
     * @param node the node's id, 32 bytes
     * @throws IOException if the address can't be had
     */
    ProtocolServer(Transport transport, ByteString node, Tokens tokens, Limits limits) throws IOException {
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        // The queues of these hold at most a task or two for each call that runs, and how many may run is bounded.
        readers = Executors.newFixedThreadPool(2 * threads, new DefaultThreadFactory("lattice-rpc-read", true));
        writers = Executors.newFixedThreadPool(threads, new DefaultThreadFactory("lattice-rpc-write", true));
        clock = Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("lattice-rpc-clock", true));
        acceptor = eventLoops(transport, 1, "lattice-rpc-accept");
        loops = eventLoops(transport, threads, "lattice-rpc-net");
        connections = new Connections(limits, writers, transport::peer);
        budget = new WatchBudget(limits.allWatchesBytes());
        calls = new StoreCalls(node, readers, clock, limits, budget);
        server = NettyServerBuilder.forAddress(transport.address())
                .channelFactory(() -> accepting(transport.newServerChannel()))
                .bossEventLoopGroup(acceptor)
                .workerEventLoopGroup(loops)
                .protocolNegotiator(new AttachingNegotiator(connections))
                .directExecutor()
                .maxConcurrentCallsPerConnection(limits.callsPerConnection())
                .maxInboundMessageSize(Wire.MAX_MESSAGE_BYTES)
                .maxInboundMetadataSize(METADATA_BYTES)
                .flowControlWindow(WINDOW_BYTES)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxRstFramesPerWindow(500, 10)
                .addStreamTracerFactory(RequestMeter.factory(limits.requestBytes()))
                .intercept(new Authentication(tokens, new FailedAttempts(limits, System::nanoTime), limits))
                .addService(RequestReader.in(calls.bindService()))
                .addService(RequestReader.in(health.getHealthService().bindService()))
                .addService(RequestReader.in(ProtoReflectionServiceV1.newInstance().bindService()))
                .addService(RequestReader.in(olderReflection()))
                .build();
        try {
            server.start();
        } catch (IOException e) {
            stopThreads();
            throw e;
        }
        health.setStatus(StoreServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
        clock.scheduleWithFixedDelay(() -> sweep(tokens), 1, 1, TimeUnit.SECONDS);
    }

    /** The version before, which is all that many tools speak. */
    @SuppressWarnings("deprecation")
    private static ServerServiceDefinition olderReflection() {
        return ProtoReflectionService.newInstance().bindService();
    }

    private static EventLoopGroup eventLoops(Transport transport, int threads, String name) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), transport.io());
    }

    private ServerChannel accepting(ServerChannel channel) {
        channel.pipeline().addLast(connections);
        return channel;
    }

    private void sweep(Tokens tokens) {
        try {
            tokens.sweep();
            connections.sweep();
            calls.sweep();
        } catch (RuntimeException e) {
            LOG.error("Clearing up failed because of a defect; it is tried again in a second", e);
        }
    }

    /** The port that it listens on, if it does on one. */
    int port() {
        return server.getListenSockets().stream().filter(InetSocketAddress.class::isInstance)
                .mapToInt(address -> ((InetSocketAddress) address).getPort()).findFirst().orElse(-1);
    }

    /** How many connections there are. */
    int connections() {
        return connections.count();
    }

    /** How many bytes of changes wait for the readers of watches. */
    long waitingBytes() {
        return budget.used();
    }

    /** How many bytes of requests and of unread answers are held for all connections. */
    long heldBytes() {
        return connections.heldBytes();
    }

    /** How many bytes of pages were sent and not read. */
    long unreadPageBytes() {
        return connections.unreadPageBytes();
    }

    /** How many streams run. */
    int streams() {
        return calls.streams();
    }

    /** Tells the clients, and closes everything; takes a bounded time. */
    @Override
    public void close() {
        health.enterTerminalState();
        server.shutdown();
        calls.close();
        try {
            if (!server.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
                server.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        stopThreads();
    }

    private void stopThreads() {
        clock.shutdownNow();
        readers.shutdown();
        writers.shutdown();
        acceptor.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
