package lattice.client.internal;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import lattice.api.store.StoreException;
import lattice.client.ClientSettings;
import lattice.client.NodeAddress;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.UnixSockets;
import lattice.protocol.Wire;

/** The channel to a node with what belongs to it: threads, the token on each call, and trying again. */
final class Link implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final int WINDOW_BYTES = 1024 * 1024;
    private static final int GOODBYE_SECONDS = 2;

    private final Duration patience;
    private final EventLoopGroup loop;
    private final ManagedChannel channel;
    private final Channel authorized;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("lattice-client-clock", true));
    private final ExecutorService listeners =
            Executors.newCachedThreadPool(new DefaultThreadFactory("lattice-client-watch", true));
    private final CountDownLatch closed = new CountDownLatch(1);

    Link(ClientSettings settings) {
        patience = settings.patience();
        UnixSockets sockets = UnixSockets.best();
        boolean unix = settings.address() instanceof NodeAddress.Socket;
        loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("lattice-client-net", true),
                unix ? sockets.io() : NioIoHandler.newFactory());
        NettyChannelBuilder builder = settings.address() instanceof NodeAddress.Socket socket
                ? NettyChannelBuilder.forAddress(sockets.address(socket.path())).channelType(sockets.channel())
                : NettyChannelBuilder.forAddress(address((NodeAddress.Loopback) settings.address()))
                        .channelType(NioSocketChannel.class);
        channel = builder.eventLoopGroup(loop)
                .usePlaintext()
                .directExecutor()
                .disableRetry()
                .overrideAuthority("lattice")
                .maxInboundMessageSize(Wire.MAX_MESSAGE_BYTES)
                .flowControlWindow(WINDOW_BYTES)
                .keepAliveTime(20, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .build();
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + settings.token());
        authorized = io.grpc.ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static InetSocketAddress address(NodeAddress.Loopback address) {
        return new InetSocketAddress(address.host(), address.port());
    }

    Duration patience() {
        return patience;
    }

    ScheduledExecutorService clock() {
        return clock;
    }

    /** The thread that bytes go in and out by; nothing that runs there may wait. */
    Executor network() {
        return loop.next();
    }

    /** Where listeners of watches run. */
    ExecutorService listeners() {
        return listeners;
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    static StoreException closedException() {
        return new StoreException(StoreException.Code.CLOSED, "The connection to the node was closed.");
    }

    <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method) {
        return authorized.newCall(method, CallOptions.DEFAULT);
    }

    Channel channel() {
        return authorized;
    }

    /** Connects at once where gRPC would still be waiting after a failure. */
    void hurry() {
        channel.resetConnectBackoff();
    }

    /** Whether the node was not reached, or is going away, so that it is worth trying again. */
    static boolean isPassing(StatusRuntimeException failure) {
        Optional<Reason> reason = Failures.reason(failure);
        return reason.isPresent() ? reason.get() == Reason.CLOSED
                : failure.getStatus().getCode() == Status.Code.UNAVAILABLE
                        // A connection that was cut in the midst of a message; a defect of the node comes with a reason.
                        || failure.getStatus().getCode() == Status.Code.INTERNAL;
    }

    /** Asks a question that may be asked again, until the node answers or patience ends. */
    <Q, A> A ask(MethodDescriptor<Q, A> method, Q question) {
        long deadline = System.nanoTime() + patience.toNanos();
        for (int failures = 1;; failures++) {
            if (isClosed()) {
                throw closedException();
            }
            try {
                return ClientCalls.blockingUnaryCall(authorized, method, CallOptions.DEFAULT.withDeadlineAfter(
                        Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS), question);
            } catch (StatusRuntimeException e) {
                awaitRetry(e, failures, deadline);
            }
        }
    }

    /**
     * Waits before a call is tried again.
     *
     * @throws StoreException if it is not worth it, or there is no time left
     */
    void awaitRetry(StatusRuntimeException failure, int failures, long deadline) {
        if (isClosed()) {
            throw closedException();
        }
        Duration pause = Backoff.after(failures);
        if (!isPassing(failure) || System.nanoTime() + pause.toNanos() > deadline) {
            throw Failures.storeException(failure);
        }
        try {
            if (closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                throw closedException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.UNAVAILABLE, "Interrupted while waiting for the node.", e);
        }
        hurry();
    }

    @Override
    public void close() {
        closed.countDown();
        channel.shutdownNow();
        try {
            channel.awaitTermination(GOODBYE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clock.shutdownNow();
        listeners.shutdown();
        loop.shutdownGracefully(0, GOODBYE_SECONDS, TimeUnit.SECONDS);
    }
}
