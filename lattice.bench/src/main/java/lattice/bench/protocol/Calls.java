package lattice.bench.protocol;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The same gRPC client for every server that speaks it: some connections, used in turn. */
final class Calls implements AutoCloseable {
    /** How many connections each server gets. */
    static final int CONNECTIONS = 4;

    private static final int WATCH_WINDOW = 16;

    private final List<ManagedChannel> channels;
    private final Metadata.Key<String> header;
    private final String value;
    private final AtomicInteger next = new AtomicInteger();

    /** @param value of the header {@code authorization}; empty for none */
    Calls(List<ManagedChannel> channels, String value) {
        this.channels = channels;
        this.header = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
        this.value = value;
    }

    private Metadata headers() {
        Metadata headers = new Metadata();
        if (!value.isEmpty()) {
            headers.put(header, value);
        }
        return headers;
    }

    private ManagedChannel channel() {
        return channels.get(Math.floorMod(next.getAndIncrement(), channels.size()));
    }

    CompletionStage<byte[]> unary(MethodDescriptor<byte[], byte[]> method, byte[] request) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        ClientCall<byte[], byte[]> call = channel().newCall(method, CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {
            private byte[] message;

            @Override
            public void onMessage(byte[] received) {
                message = received;
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                if (status.isOk() && message != null) {
                    answer.complete(message);
                } else {
                    answer.completeExceptionally(status.asRuntimeException(trailers));
                }
            }
        }, headers());
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
        return answer;
    }

    /**
     * Follows a stream of answers.
     *
     * @param bidirectional whether the server ends the stream when the client says that it has no more requests
     * @param started completes with the first answer
     */
    AutoCloseable stream(MethodDescriptor<byte[], byte[]> method, boolean bidirectional, byte[] request,
            Consumer<byte[]> messages, CompletableFuture<Void> started) {
        ClientCall<byte[], byte[]> call = channel().newCall(method, CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
                started.complete(null);
                messages.accept(message);
                call.request(1);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                started.completeExceptionally(status.asRuntimeException(trailers));
            }
        }, headers());
        call.request(WATCH_WINDOW);
        call.sendMessage(request);
        if (!bidirectional) {
            call.halfClose();
        }
        return () -> call.cancel("measured", null);
    }

    @Override
    public void close() throws InterruptedException {
        for (ManagedChannel channel : channels) {
            channel.shutdownNow();
            channel.awaitTermination(10, TimeUnit.SECONDS);
        }
    }
}
