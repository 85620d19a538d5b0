package lattice.rpc.internal;

import static lattice.rpc.internal.Frames.PREFACE;
import static lattice.rpc.internal.Frames.frame;
import static lattice.rpc.internal.Frames.join;
import static lattice.rpc.internal.Frames.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import lattice.api.id.ServiceId;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.WatchStart;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;
import lattice.testkit.RecordingListener;
import lattice.v1.BatchRequest;
import lattice.v1.GetPositionRequest;
import lattice.v1.GetRequest;
import lattice.v1.GetResponse;
import lattice.v1.HistoryRequest;
import lattice.v1.HistoryResponse;
import lattice.v1.Mutation;
import lattice.v1.PipelineRequest;
import lattice.v1.PipelineResponse;
import lattice.v1.PutRequest;
import lattice.v1.ScanRequest;
import lattice.v1.ScanResponse;
import lattice.v1.StoreServiceGrpc;
import lattice.v1.WatchRequest;
import lattice.v1.WatchResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that do what no good client does cost the node a bounded amount, and others nothing. */
@Timeout(120)
class HostileClientsTest {
    private static final long MIB = 1024 * 1024;
    /** How long a good client may wait on a machine that has much else to do; one that waits for a bad one waits for ever. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** The streams of the good client: its watch and its writes. */
    private static final int GOOD = 2;
    private static final Limits STRICT = new Limits(512, 128, Duration.ofSeconds(2), 32, 64, Duration.ofSeconds(2), 24 * MIB,
            4 * MIB, 48 * MIB, MIB, 1000, 4 * MIB, Duration.ofSeconds(2), Duration.ofSeconds(2), 20, 1);

    private ServedStore served;
    private String token;
    private Store good;
    private Thread goodWork;
    private final AtomicBoolean done = new AtomicBoolean();
    private final CompletableFuture<Long> slowest = new CompletableFuture<>();
    private final List<SocketChannel> sockets = new ArrayList<>();

    @BeforeEach
    void serve() throws Exception {
        served = new ServedStore(STRICT);
        token = served.token("org.example.bad", "/t", "/t");
        good = served.client(new ServiceId("org.example.good"), served.token("org.example.good", "/good", "/good"));
        goodWork = new Thread(this::workAsAGoodClient);
        goodWork.start();
    }

    /** Puts and watches until the end, and notes the longest wait. */
    private void workAsAGoodClient() {
        try {
            RecordingListener listener = new RecordingListener();
            good.watch(new Prefix("/good"), new WatchStart.Now(), listener);
            long longest = 0;
            int count = 0;
            while (!done.get()) {
                long began = System.nanoTime();
                good.put(new Key("/good/" + count % 100), "" + count);
                listener.awaitChanges(++count);
                longest = Math.max(longest, System.nanoTime() - began);
                Thread.sleep(5);
            }
            slowest.complete(longest);
        } catch (RuntimeException | InterruptedException | AssertionError e) {
            slowest.completeExceptionally(e);
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (SocketChannel socket : sockets) {
            socket.close();
        }
        served.close();
        goodWork.join(10_000);
    }

    private void assertTheGoodClientWasNotDisturbed() throws Exception {
        done.set(true);
        assertThat(Duration.ofNanos(slowest.get(30, TimeUnit.SECONDS))).as("its longest wait").isLessThan(PATIENCE);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain for " + what).isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        socket.connect(UnixDomainSocketAddress.of(served.socket()));
        sockets.add(socket);
        return socket;
    }

    /** Sends; that the node has closed the connection already is no failure of the test. */
    private static void send(SocketChannel socket, byte[]... parts) {
        try {
            for (byte[] part : parts) {
                ByteBuffer bytes = ByteBuffer.wrap(part);
                while (bytes.hasRemaining()) {
                    socket.write(bytes);
                }
            }
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset|closed).*");
        }
    }

    /** Whether the node has closed the connection, having said whatever it had to say. */
    private static boolean closedByNode(SocketChannel socket) {
        try {
            socket.configureBlocking(false);
            ByteBuffer sink = ByteBuffer.allocate(8192);
            int read;
            do {
                sink.clear();
                read = socket.read(sink);
            } while (read > 0);
            return read < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void tenThousandConnectionsThatSayNothing() throws Exception {
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            try {
                connect();
            } catch (IOException e) {
                refused++;
            }
            assertThat(served.server().connections()).isLessThanOrEqualTo(STRICT.connections());
        }
        assertThat(refused).as("what the backlog did not take").isLessThan(10_000);
        await("only the good client to be left", () -> served.server().connections() == 1);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void slowLoris() throws Exception {
        List<SocketChannel> slow = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            SocketChannel socket = connect();
            send(socket, i % 2 == 0 ? new byte[] {PREFACE[0]} : PREFACE, i % 2 == 0 ? new byte[0] : settings());
            slow.add(socket);
        }
        for (int drop = 1; drop < 10; drop++) {
            for (int i = 0; i < slow.size(); i += 2) {
                send(slow.get(i), new byte[] {PREFACE[drop]});
            }
            Thread.sleep(300);
        }
        await("all slow ones to be closed", () -> slow.stream().allMatch(HostileClientsTest::closedByNode));
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void aRequestThatDoesNotEnd() throws Exception {
        ClientCall<PutRequest, ?> call = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token))
                .newCall(StoreServiceGrpc.getPutMethod(), CallOptions.DEFAULT);
        Closed<Object> closed = new Closed<>();
        start(call, closed);
        call.sendMessage(PutRequest.newBuilder().setKey("/t/a").build());
        assertThat(closed.status.get(10, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertTheGoodClientWasNotDisturbed();
    }

    @SuppressWarnings("unchecked")
    private static <A> void start(ClientCall<?, A> call, Closed<?> closed) {
        call.start((ClientCall.Listener<A>) closed, new Metadata());
    }

    private static class Closed<A> extends ClientCall.Listener<A> {
        private final CompletableFuture<Status> status = new CompletableFuture<>();
        private final CompletableFuture<Metadata> trailers = new CompletableFuture<>();

        @Override
        public void onClose(Status with, Metadata details) {
            status.complete(with);
            trailers.complete(details);
        }
    }

    private ClientCall<PipelineRequest, PipelineResponse> pipeline(Closed<PipelineResponse> closed) {
        ClientCall<PipelineRequest, PipelineResponse> call = ClientInterceptors.intercept(served.channel(),
                ServedStore.bearer(token)).newCall(StoreServiceGrpc.getPipelineMethod(), CallOptions.DEFAULT);
        start(call, closed);
        return call;
    }

    private static PipelineRequest puts(String key, int count) {
        PipelineRequest.Builder message = PipelineRequest.newBuilder();
        for (int i = 0; i < count; i++) {
            message.addOperationsBuilder().getPutBuilder().setKey(key);
        }
        return message.build();
    }

    @Test
    void aWriterThatNeverReadsItsAnswersIsStoppedAndToldSo() throws Exception {
        Closed<PipelineResponse> closed = new Closed<>();
        ClientCall<PipelineRequest, PipelineResponse> call = pipeline(closed);
        // Denied, because that makes for long answers.
        for (int i = 0; i < 30; i++) {
            call.sendMessage(puts("/other/key", 1000));
        }
        await("the writes to run", () -> served.server().streams() == 1 + GOOD);
        await("the writes to be ended", () -> served.server().streams() == GOOD);
        call.request(1000);
        Status status = closed.status.get(10, TimeUnit.SECONDS);
        assertThat(Failures.reason(status.asRuntimeException(closed.trailers.get(10, TimeUnit.SECONDS))))
                .contains(Reason.TOO_SLOW);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void aMessageOfWritesThatIsNoneOrTooMany() throws Exception {
        for (int count : new int[] {0, 1025}) {
            Closed<PipelineResponse> closed = new Closed<>();
            pipeline(closed).sendMessage(puts("/t/a", count));
            assertThat(closed.status.get(10, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        }
        assertThat(served.store().get(new Key("/t/a"))).isEmpty();
        assertTheGoodClientWasNotDisturbed();
    }

    /** Whether a frame that ends stream 1 has come. */
    private static boolean endOfStream(ByteBuffer received) {
        for (int at = 0; at + 9 <= received.position();) {
            int length = (received.get(at) & 255) << 16 | (received.get(at + 1) & 255) << 8 | received.get(at + 2) & 255;
            boolean ends = received.get(at + 3) == 1 && (received.get(at + 4) & 1) != 0 || received.get(at + 3) == 3;
            if (ends && received.getInt(at + 5) == 1) {
                return true;
            }
            at += 9 + length;
        }
        return false;
    }

    @Test
    void aWriteInAStreamThatDoesNotEnd() throws Exception {
        SocketChannel socket = connect();
        send(socket, PREFACE, settings(), Frames.call(1, "Pipeline", token));
        await("the stream to run", () -> served.server().streams() == 1 + GOOD);
        // A message of 1000 bytes, of which the first come.
        send(socket, frame(0, 0, 1, join(new byte[] {0, 0, 0, 3, (byte) 232}, new byte[10])));
        socket.configureBlocking(false);
        ByteBuffer received = ByteBuffer.allocate(65_536);
        await("the stream to be ended", () -> {
            try {
                socket.read(received);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return endOfStream(received);
        });
        await("nothing of it to be left", () -> served.server().streams() == GOOD);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void writersThatOpenManyStreamsOfLargeWrites() throws Exception {
        byte[] value = new byte[(int) MIB];
        List<Closed<PipelineResponse>> all = new ArrayList<>();
        ManagedChannel channel = served.channel();
        for (int i = 0; i < 60; i++) {
            Closed<PipelineResponse> closed = new Closed<>();
            ClientCall<PipelineRequest, PipelineResponse> call = ClientInterceptors.intercept(channel,
                    ServedStore.bearer(token)).newCall(StoreServiceGrpc.getPipelineMethod(), CallOptions.DEFAULT);
            start(call, closed);
            for (int n = 0; n < 3; n++) {
                PipelineRequest.Builder message = PipelineRequest.newBuilder();
                message.addOperationsBuilder().getPutBuilder().setKey("/t/" + i).setValue(ByteString.copyFrom(value));
                call.sendMessage(message.build());
            }
            call.request(3);
            call.halfClose();
            all.add(closed);
        }
        await("each to be done, or cut off with its connection", () -> all.stream().allMatch(one -> one.status.isDone()));
        await("nothing of theirs to be left", () -> served.server().streams() == GOOD);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void arbitraryBytesAndFrames() throws Exception {
        Random random = new Random(42);
        for (int i = 0; i < 400; i++) {
            byte[] noise = new byte[random.nextInt(2000)];
            random.nextBytes(noise);
            SocketChannel socket = connect();
            switch (i % 4) {
                case 0 -> send(socket, noise);
                case 1 -> send(socket, PREFACE, noise);
                case 2 -> send(socket, PREFACE, settings(),
                        frame(random.nextInt(12), random.nextInt(256), random.nextInt(5), noise));
                default -> send(socket, PREFACE, settings(), frame(1, 4, 1, noise), frame(0, 1, 1, noise));
            }
        }
        await("only the good client to be left", () -> served.server().connections() == 1);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void floodsOfSmallFrames() throws Exception {
        byte[] ping = frame(6, 0, 0, new byte[8]);
        byte[] reset = frame(3, 0, 1, new byte[4]);
        byte[] empty = frame(9, 0, 1, new byte[0]);
        for (byte[] small : List.of(ping, settings(), reset, empty)) {
            SocketChannel socket = connect();
            socket.configureBlocking(false);
            send(socket, PREFACE, settings());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            byte[] many = new byte[small.length * 1000];
            for (int i = 0; i < 1000; i++) {
                System.arraycopy(small, 0, many, i * small.length, small.length);
            }
            try {
                while (System.nanoTime() < end) {
                    socket.write(ByteBuffer.wrap(many));
                }
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset|closed).*");
            }
        }
        await("only the good client to be left", () -> served.server().connections() == 1);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void oneTokenDoesNotTakeEveryConnection() throws Exception {
        List<ManagedChannel> channels = new ArrayList<>();
        StoreServiceGrpc.StoreServiceBlockingStub refused = null;
        for (int i = 0; i <= STRICT.connectionsPerToken(); i++) {
            ManagedChannel channel = served.channel();
            channels.add(channel);
            refused = StoreServiceGrpc.newBlockingStub(channel).withInterceptors(ServedStore.bearer(token));
            if (i < STRICT.connectionsPerToken()) {
                refused.getPosition(GetPositionRequest.getDefaultInstance());
            }
        }
        StoreServiceGrpc.StoreServiceBlockingStub last = refused;
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class,
                () -> last.getPosition(GetPositionRequest.getDefaultInstance()));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(Failures.reason(failure)).contains(Reason.BUSY);
        assertThat(failure.getStatus().getDescription()).contains(STRICT.connectionsPerToken() + " connections").endsWith(".");
        served.stub(served.token("org.example.other", "/t", "")).getPosition(GetPositionRequest.getDefaultInstance());
        channels.get(0).shutdownNow();
        await("the next to be let in for the one that went", () -> {
            try {
                last.getPosition(GetPositionRequest.getDefaultInstance());
                return true;
            } catch (StatusRuntimeException e) {
                return false;
            }
        });
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void aMessageThatIsTooLarge() throws Exception {
        BatchRequest.Builder batch = BatchRequest.newBuilder();
        for (int i = 0; i < 20; i++) {
            batch.addMutations(Mutation.newBuilder().setPut(Mutation.Put.newBuilder().setKey("/t/" + i)
                    .setValue(ByteString.copyFrom(new byte[(int) MIB]))));
        }
        assertThat(catchThrowableOfType(StatusRuntimeException.class,
                () -> served.stub(token).batch(batch.build())).getStatus().getCode())
                .isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED, Status.Code.UNAVAILABLE);
        assertThat(served.store().scan(new Prefix("/t"))).isEmpty();
        served.stub(token).getPosition(GetPositionRequest.getDefaultInstance());
        assertTheGoodClientWasNotDisturbed();
    }

    /** Some KiB on the wire that would be a thousand times as much in memory. */
    @Test
    void aMessageThatIsSmallUntilItIsUnpacked() throws Exception {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, () -> ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token)),
                RawBytes.zeros(StoreServiceGrpc.getBatchMethod().getFullMethodName()),
                CallOptions.DEFAULT.withCompression("gzip").withDeadlineAfter(60, TimeUnit.SECONDS), 64 * MIB));
        assertThat(failure.getStatus().getCode()).as(failure.toString()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure.getStatus().getDescription()).contains("more than " + Wire.MAX_MESSAGE_BYTES + " bytes");
        served.stub(token).getPosition(GetPositionRequest.getDefaultInstance());
        assertTheGoodClientWasNotDisturbed();
    }

    /** Frames that are longer than any may be, and headers that never come to an end. */
    @Test
    void framesAndHeadersThatAreTooLarge() throws Exception {
        List<SocketChannel> bad = new ArrayList<>();
        for (int type = 0; type < 10; type++) {
            SocketChannel socket = connect();
            send(socket, PREFACE, settings(), frame(type, 0, 1, new byte[17_000]));
            bad.add(socket);
        }
        SocketChannel endless = connect();
        send(endless, PREFACE, settings(), frame(1, 0, 1, new byte[] {(byte) 0x82}));
        // A literal header of one letter and its value of 16,000: never the last.
        byte[] header = ByteBuffer.allocate(16_006).put((byte) 0x00).put((byte) 1).put((byte) 'x')
                .put((byte) 0x7f).put((byte) 0x81).put((byte) 0x7c).array();
        for (int i = 0; i < 1000 && !closedByNode(endless); i++) {
            send(endless, frame(9, 0, 1, header));
        }
        bad.add(endless);
        await("all of them to be closed", () -> bad.stream().allMatch(HostileClientsTest::closedByNode));
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void aWatcherThatNeverReads() throws Exception {
        List<Closed<WatchResponse>> watchers = new ArrayList<>();
        ManagedChannel channel = served.channel();
        for (int i = 0; i < 20; i++) {
            ClientCall<WatchRequest, WatchResponse> call = ClientInterceptors.intercept(channel, ServedStore.bearer(token))
                    .newCall(StoreServiceGrpc.getWatchMethod(), CallOptions.DEFAULT);
            Closed<WatchResponse> closed = new Closed<>();
            start(call, closed);
            call.sendMessage(WatchRequest.newBuilder().setPrefix("/t").build());
            call.halfClose();
            watchers.add(closed);
        }
        await("the watches to run", () -> served.server().streams() == 20 + GOOD);
        byte[] value = new byte[100_000];
        for (int i = 0; i < 300; i++) {
            served.store().put(new Key("/t/" + i), value);
            assertThat(served.server().waitingBytes()).isLessThan(STRICT.allWatchesBytes() + 21 * 2L * value.length);
        }
        await("the watches to be ended", () -> served.server().streams() == GOOD);
        await("nothing of theirs to be left", () -> served.server().waitingBytes() == 0);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void aWatcherThatReadsTooSlowlyIsToldSoAndWhereToResume() throws Exception {
        ClientCall<WatchRequest, WatchResponse> call = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token))
                .newCall(StoreServiceGrpc.getWatchMethod(), CallOptions.DEFAULT);
        List<WatchResponse> read = new CopyOnWriteArrayList<>();
        Closed<WatchResponse> closed = new Closed<>() {
            @Override
            public void onMessage(WatchResponse message) {
                read.add(message);
            }
        };
        start(call, closed);
        call.sendMessage(WatchRequest.newBuilder().setPrefix("/t").build());
        call.halfClose();
        call.request(1);
        await("the watch to start", () -> read.size() == 1);
        for (int i = 0; i < 200; i++) {
            served.store().put(new Key("/t/" + i), new byte[100_000]);
        }
        await("the watch to be ended", () -> served.server().streams() == GOOD);
        call.request(1000);
        Status status = closed.status.get(10, TimeUnit.SECONDS);
        var failure = status.asRuntimeException(closed.trailers.get(10, TimeUnit.SECONDS));
        assertThat(Failures.reason(failure)).contains(Reason.TOO_SLOW);
        assertThat(Failures.resume(failure).orElseThrow().revision())
                .isEqualTo(read.get(read.size() - 1).getChanges().getPosition().getRevision());
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void aScannerThatNeverReads() throws Exception {
        for (int i = 0; i < 100; i++) {
            served.store().put(new Key("/t/" + i), new byte[100_000]);
        }
        ClientCall<ScanRequest, ScanResponse> call = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token))
                .newCall(StoreServiceGrpc.getScanMethod(), CallOptions.DEFAULT);
        start(call, new Closed<ScanResponse>());
        call.sendMessage(ScanRequest.newBuilder().setPrefix("/t").build());
        call.halfClose();
        await("the scan to run", () -> served.server().streams() == 1 + GOOD);
        await("the scan to be ended", () -> served.server().streams() == GOOD);
        assertTheGoodClientWasNotDisturbed();
    }

    /** Each would hold a page: of so many calls on a connection that is much. */
    @Test
    void manyScansThatNobodyReads() throws Exception {
        for (int i = 0; i < 20; i++) {
            served.store().put(new Key("/t/" + i), new byte[(int) MIB - 100]);
        }
        Channel channel = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token));
        List<Closed<ScanResponse>> scans = new ArrayList<>();
        for (int i = 0; i < STRICT.callsPerConnection(); i++) {
            ClientCall<ScanRequest, ScanResponse> call = channel.newCall(StoreServiceGrpc.getScanMethod(), CallOptions.DEFAULT);
            scans.add(new Closed<>());
            start(call, scans.get(i));
            call.sendMessage(ScanRequest.newBuilder().setPrefix("/t").build());
            call.halfClose();
        }
        long most = 0;
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1); System.nanoTime() < end; Thread.sleep(10)) {
            most = Math.max(most, served.server().unreadPageBytes());
        }
        assertThat(most).as("bytes that wait").isBetween(STRICT.answerBytes(), 3 * STRICT.answerBytes());
        assertTheGoodClientWasNotDisturbed();
    }

    /** Who reads none of them must not keep others from theirs. */
    @Test
    void manyHistoriesThatNobodyReads() throws Exception {
        for (int i = 0; i < 4; i++) {
            served.store().put(new Key("/t/a"), new byte[(int) MIB - 100]);
        }
        Channel channel = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token));
        List<Closed<HistoryResponse>> histories = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ClientCall<HistoryRequest, HistoryResponse> call =
                    channel.newCall(StoreServiceGrpc.getHistoryMethod(), CallOptions.DEFAULT);
            histories.add(new Closed<>());
            start(call, histories.get(i));
            call.sendMessage(HistoryRequest.newBuilder().setKey("/t/a").build());
            call.halfClose();
        }
        await("those beyond the bound to be refused",
                () -> histories.stream().filter(one -> one.status.isDone()).count() == 16);
        assertThat(served.client(new ServiceId("org.example.other"), served.token("org.example.other", "/t", ""))
                .history(new Key("/t/a"), 10)).hasSize(4);
        await("the others to be ended", () -> served.server().streams() == GOOD);
        assertThat(served.client(new ServiceId("org.example.bad"), token).history(new Key("/t/a"), 10)).hasSize(4);
        assertTheGoodClientWasNotDisturbed();
    }

    /** What a node says of itself without a token needs no large question. */
    @Test
    void largeQuestionsOfWhoHasNoToken() throws Exception {
        Closed<HealthCheckResponse> closed = new Closed<>();
        ClientCall<HealthCheckRequest, HealthCheckResponse> call = served.channel()
                .newCall(HealthGrpc.getCheckMethod(), CallOptions.DEFAULT);
        start(call, closed);
        call.sendMessage(HealthCheckRequest.newBuilder().setService("x".repeat((int) MIB)).build());
        call.halfClose();
        assertThat(closed.status.get(30, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertTheGoodClientWasNotDisturbed();
    }

    @Test
    void answersThatNobodyReads() throws Exception {
        served.store().put(new Key("/t/a"), new byte[(int) MIB]);
        ManagedChannel channel = served.channel();
        List<Closed<GetResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ClientCall<GetRequest, GetResponse> call = ClientInterceptors.intercept(channel, ServedStore.bearer(token))
                    .newCall(StoreServiceGrpc.getGetMethod(), CallOptions.DEFAULT);
            Closed<GetResponse> closed = new Closed<>();
            start(call, closed);
            call.sendMessage(GetRequest.newBuilder().setKey("/t/a").build());
            call.halfClose();
            calls.add(closed);
        }
        await("the connection to be closed, or its calls refused",
                () -> calls.stream().filter(call -> call.status.isDone()).count() > 100);
        assertTheGoodClientWasNotDisturbed();
    }

    /** Its own client refuses it, or it would break the call that the writes of all its threads share. */
    @Test
    void aCommandThatIsTooLarge() throws Exception {
        CompletableFuture<?> command = good.apply("test.none", new byte[(int) (17 * MIB)]).toCompletableFuture();
        assertThatThrownBy(() -> command.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(StoreException.class)
                .hasMessageContaining("the protocol takes");
        assertTheGoodClientWasNotDisturbed();
    }
}
