package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.store.Acl;
import lattice.api.store.Change;
import lattice.api.store.CompactedException;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchStart;
import lattice.client.ClientSettings;
import lattice.client.NodeAddress;
import lattice.client.NodeConnection;
import lattice.rpc.TokenGrant;
import lattice.testkit.RecordingListener;
import lattice.testkit.TestNodeStatus;
import lattice.v1.ApplyRequest;
import lattice.v1.PutRequest;
import lattice.v1.ReadyRequest;
import lattice.v1.ScanRequest;
import lattice.v1.WatchRequest;
import lattice.v1.WatchResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the protocol has beyond a store in the same process. */
@Timeout(60)
class ProtocolTest {
    private static final ServiceId SERVICE = new ServiceId("org.example.bridge");

    private ServedStore served;
    private String token;

    @BeforeEach
    void serve() throws Exception {
        served = new ServedStore();
        token = served.token(SERVICE.name(), "/t", "/t");
    }

    @AfterEach
    void stop() throws Exception {
        served.close();
    }

    @Test
    void aProcessSaysThatItIsReady() {
        BlockingQueue<List<Endpoint>> heard = new ArrayBlockingQueue<>(4);
        String started = served.tokens().issue(new TokenGrant(SERVICE, "root", new Acl(Set.of(), Set.of()),
                Optional.empty(), false), heard::add).secret();
        NodeConnection connection = served.connection(SERVICE, started);
        connection.ready(List.of());
        connection.ready(List.of(new Endpoint("http", "127.0.0.1", 8088), new Endpoint("http", "::1", 8088)));
        assertThat(heard).containsExactly(List.of(),
                List.of(new Endpoint("http", "127.0.0.1", 8088), new Endpoint("http", "::1", 8088)));

        assertThatThrownBy(() -> connection.ready(List.of(new Endpoint("http", "a\nb", 1))))
                .hasMessageContaining("An endpoint is");
        for (int port : new int[] {0, 65536, -1}) {
            assertThatThrownBy(() -> served.stub(started).ready(ReadyRequest.newBuilder().addEndpoints(
                    lattice.v1.Endpoint.newBuilder().setProtocol("http").setHost("h").setPort(port)).build()))
                    .hasMessageContaining("A port is 1 to 65535");
        }
        assertThatThrownBy(() -> connection.ready(Collections.nCopies(33, new Endpoint("http", "h", 1))))
                .hasMessageContaining("at most 32");
        assertThat(heard).hasSize(2);

        // Nobody waits for a process that somebody else started.
        served.connection(SERVICE, token).ready(List.of());
        assertThat(heard).hasSize(2);
    }

    @Test
    void healthAndReflectionAnswerWithoutAToken() throws Exception {
        ManagedChannel channel = served.channel();
        assertThat(HealthGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS)
                .check(HealthCheckRequest.newBuilder().setService("lattice.v1.StoreService").build()).getStatus())
                .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        BlockingQueue<ServerReflectionResponse> answers = new ArrayBlockingQueue<>(1);
        StreamObserver<ServerReflectionRequest> asking = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        throw new AssertionError(failure);
                    }

                    @Override
                    public void onCompleted() {
                        // The answer is what is waited for.
                    }
                });
        asking.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        ServerReflectionResponse answer = answers.poll(10, TimeUnit.SECONDS);
        asking.onCompleted();
        assertThat(answer.getListServicesResponse().getServiceList()).extracting(service -> service.getName())
                .contains("lattice.v1.StoreService", "grpc.health.v1.Health");
    }

    /** Of the two versions of reflection many tools speak the older one only. */
    @Test
    void describesItselfToOlderToolsToo() throws Exception {
        var request = io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("lattice.v1.StoreService").build();
        BlockingClientCall<io.grpc.reflection.v1alpha.ServerReflectionRequest,
                io.grpc.reflection.v1alpha.ServerReflectionResponse> call =
                io.grpc.reflection.v1alpha.ServerReflectionGrpc.newBlockingV2Stub(served.channel())
                        .withDeadlineAfter(10, TimeUnit.SECONDS).serverReflectionInfo();
        assertThat(call.write(request)).isTrue();
        assertThat(call.read().getFileDescriptorResponse().getFileDescriptorProtoList())
                .anyMatch(file -> file.toStringUtf8().contains("lattice/v1/store.proto"));
        call.halfClose();
    }

    @Test
    void aScanComesInPagesAndKeepsToItsLimit() {
        for (int i = 0; i < 1200; i++) {
            served.store().put(new Key(String.format("/t/%04d", i)), "v");
        }
        List<Integer> pages = new ArrayList<>();
        served.stub(token).scan(ScanRequest.newBuilder().setPrefix("/t").setPageSize(100).setLimit(450).build())
                .forEachRemaining(page -> pages.add(page.getEntriesCount()));
        assertThat(pages).containsExactly(100, 100, 100, 100, 50);
        assertThatThrownBy(() -> served.stub(token).scan(ScanRequest.newBuilder().setPrefix("/t").setPageSize(-1).build())
                .hasNext()).hasMessageContaining("page_size");
    }

    @Test
    void aQuietWatchSaysHowFarItHasCome() {
        Iterator<WatchResponse> events = served.stub(token).watch(
                WatchRequest.newBuilder().setPrefix("/t").setProgressIntervalMillis(100).build());
        assertThat(events.next().hasCaughtUp()).isTrue();
        served.store().put(new Key("/elsewhere"), "x");
        assertThat(events.next().getProgress().getRevision()).isEqualTo(served.store().position().revision());
    }

    @Test
    void aLargeCommitComesInPartsThatTheClientPutsTogether() {
        Store store = served.client(SERVICE, token);
        RecordingListener listener = new RecordingListener();
        List<lattice.api.store.Mutation> mutations = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            mutations.add(new lattice.api.store.Mutation.Put(new Key("/t/" + i), new byte[100_000]));
        }
        try (Watch watch = store.watch(new Prefix("/t"), new WatchStart.Now(), listener)) {
            Iterator<WatchResponse> bare = served.stub(token).watch(WatchRequest.newBuilder().setPrefix("/t").build());
            assertThat(bare.next().hasCaughtUp()).isTrue();
            store.write(new lattice.api.store.Transaction(mutations, Optional.empty()));
            listener.awaitChanges(20);
            assertThat(listener.commits()).hasSize(1);
            int parts = 1;
            while (bare.next().getChanges().getMore()) {
                parts++;
            }
            assertThat(parts).isGreaterThan(5);
        }
    }

    @Test
    void aCoalescedWatchLeavesOutWhatALaterChangeReplaced() throws Exception {
        WatchOutletProbe probe = new WatchOutletProbe(served, token);
        List<WatchResponse> events = probe.stallWhile(() -> {
            for (int i = 0; i < 1000; i++) {
                served.store().put(new Key("/t/" + i % 5), "" + i);
            }
        });
        List<lattice.v1.Change> changes = events.stream().flatMap(event -> event.getChanges().getChangesList().stream()).toList();
        assertThat(changes.size()).isLessThan(1000);
        for (int key = 0; key < 5; key++) {
            String path = "/t/" + key;
            assertThat(changes.stream().filter(change -> change.getUpdated().getKey().equals(path))
                    .reduce((first, last) -> last).orElseThrow().getUpdated().getValue().toStringUtf8())
                    .isEqualTo("" + (995 + key));
        }
        assertThat(events.get(events.size() - 1).getChanges().getPosition().getRevision())
                .isEqualTo(served.store().position().revision());
    }

    @Test
    void aWriteThatIsSentTwiceIsOneWrite() {
        PutRequest put = PutRequest.newBuilder().setKey("/t/a").setValue(ByteString.copyFromUtf8("1"))
                .setOperationId("op").build();
        assertThat(served.stub(token).put(put)).isEqualTo(served.stub(token).put(put));
        assertThat(served.store().history(new Key("/t/a"), 10)).hasSize(1);
    }

    @Test
    void anOperationIdOfOneServiceIsNotAnothers() {
        PutRequest put = PutRequest.newBuilder().setKey("/t/a").setValue(ByteString.copyFromUtf8("1"))
                .setOperationId("op").build();
        served.stub(token).put(put);
        served.stub(served.token("org.example.other", "/t", "/t")).put(put);
        assertThat(served.store().history(new Key("/t/a"), 10)).hasSize(2);
    }

    @Test
    void aCommandThatIsSentTwiceRunsOnce() {
        served.store().register("test.count",
                (state, command) -> new Decision.Accept(new Effect.AddToCounter(new Key("/t/count"), 1)));
        ApplyRequest apply = ApplyRequest.newBuilder().setStateMachine("test.count").setOperationId("op").build();
        assertThat(served.stub(token).apply(apply)).isEqualTo(served.stub(token).apply(apply));
        assertThat(Effect.AddToCounter.sum(served.store().scan(new Prefix("/t/count")))).isEqualTo(1);
    }

    @Test
    void whatWasCompactedIsSaidWithHowFarTheLogGoesBack() {
        LogPosition start = served.store().position();
        for (int i = 0; i < 10; i++) {
            served.store().put(new Key("/t/a"), "" + i);
        }
        served.store().compact(5);
        Store store = served.client(SERVICE, token);
        assertThatThrownBy(() -> store.watch(new Prefix("/t"), new WatchStart.After(start), new RecordingListener()))
                .isInstanceOfSatisfying(CompactedException.class, e -> assertThat(e.oldestRevision()).isEqualTo(5));
    }

    @Test
    void whatTheStoreCannotDoIsSaidInItsWords() {
        served.store().unavailable("The disk is full. Make room.");
        Store store = served.client(SERVICE, token);
        assertThatThrownBy(() -> store.put(new Key("/t/a"), "x")).isInstanceOfSatisfying(StoreException.class, e -> {
            assertThat(e.code()).isEqualTo(StoreException.Code.UNAVAILABLE);
            assertThat(e).hasMessage("The disk is full. Make room.");
        });
    }

    @Test
    void aClientGoesOnWhenTheNodeIsBack() throws Exception {
        Store store = served.client(SERVICE, token);
        RecordingListener listener = new RecordingListener();
        try (Watch watch = store.watch(new Prefix("/t"), new WatchStart.Now(), listener)) {
            store.put(new Key("/t/0"), "0");
            listener.awaitChanges(1);
            for (int round = 1; round <= 3; round++) {
                served.stop();
                served.store().put(new Key("/t/missed"), "" + round);
                var write = store.submit(lattice.api.store.Transaction.of(
                        new lattice.api.store.Mutation.Put(new Key("/t/" + round), "" + round)));
                served.start();
                write.toCompletableFuture().get(20, TimeUnit.SECONDS);
                assertThat(store.get(new Key("/t/" + round))).map(Entry::text).contains("" + round);
                listener.awaitChanges(1 + 2 * round);
            }
            assertThat(listener.changes()).extracting(Change::key).extracting(Key::path).containsExactly(
                    "/t/0", "/t/missed", "/t/1", "/t/missed", "/t/2", "/t/missed", "/t/3");
            assertThat(listener.caughtUp()).hasSize(1);
            assertThat(listener.ends()).isEmpty();
        }
    }

    @Test
    void manyWritesUnderWayWhenTheNodeGoesAreEachDoneOnceAndInOrder() throws Exception {
        Store store = served.client(SERVICE, token);
        List<java.util.concurrent.CompletionStage<lattice.api.store.Receipt>> stages = new ArrayList<>();
        Thread restarting = new Thread(() -> {
            try {
                served.stop();
                served.start();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        int count = 2000;
        for (int i = 0; i < count; i++) {
            if (i == count / 2) {
                restarting.start();
            }
            stages.add(store.submit(lattice.api.store.Transaction.of(
                    new lattice.api.store.Mutation.Put(new Key("/t/log"), "" + i))));
        }
        for (var stage : stages) {
            stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
        restarting.join();
        List<String> written = new ArrayList<>();
        served.store().history(new Key("/t/log"), 10_000)
                .forEach(entry -> written.add(0, new String(entry.value().orElseThrow())));
        assertThat(written).hasSize(count).doesNotHaveDuplicates();
        assertThat(written.get(count - 1)).isEqualTo("" + (count - 1));
    }

    @Test
    void aClientThatReachesNobodySaysSo(@TempDir Path directory) {
        assertThatThrownBy(() -> NodeConnection.open(new ClientSettings(
                new NodeAddress.Socket(directory.resolve("none.sock")), SERVICE, "x", Duration.ofMillis(300))))
                .isInstanceOfSatisfying(StoreException.class,
                        e -> assertThat(e.code()).isEqualTo(StoreException.Code.UNAVAILABLE));
    }

    @Test
    void settingsComeFromTheEnvironmentOfADaemon() {
        assertThat(ClientSettings.from(Map.of("LATTICE_SOCKET", "/x/lattice.sock", "LATTICE_SERVICE_ID", "a.b",
                "LATTICE_TOKEN", "t")).address()).isEqualTo(new NodeAddress.Socket(Path.of("/x/lattice.sock")));
        assertThatThrownBy(() -> ClientSettings.from(Map.of())).hasMessageContaining("LATTICE_SOCKET is not set");
    }

    @Test
    void theSocketIsForItsOwnerAndGroupInADirectoryForItsOwner(@TempDir Path home) throws Exception {
        Files.createDirectories(home.resolve("run"));
        Files.writeString(home.resolve("run/lattice.sock"), "left from before");
        try (UnixSocketServer server = UnixSocketServer.inHome(new TestNode(home, served.store()), served.tokens(),
                Limits.standard())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.path()))).isEqualTo("rw-rw----");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("run"))))
                    .isEqualTo("rwx------");
            try (NodeConnection connection = NodeConnection.open(new ClientSettings(
                    new NodeAddress.Socket(server.path()), SERVICE, token))) {
                connection.store().put(new Key("/t/a"), "x");
                assertThat(connection.node()).isEqualTo(TestNodeStatus.NODE);
            }
        }
        assertThat(home.resolve("run/lattice.sock")).doesNotExist();
    }

    @Test
    void overTcpItIsServedToThisMachineOnly(@TempDir Path home) throws Exception {
        TestNode node = new TestNode(home, served.store());
        try (ProtocolServer server = LoopbackService.open("127.0.0.1", 0, node, served.tokens(), Limits.standard());
                NodeConnection connection = NodeConnection.open(new ClientSettings(
                        new NodeAddress.Loopback("127.0.0.1", server.port()), SERVICE, token))) {
            connection.store().put(new Key("/t/a"), "x");
        }
        for (String host : List.of("0.0.0.0", "::", "192.0.2.1", "10.0.0.1")) {
            assertThatThrownBy(() -> LoopbackService.open(host, 0, node, served.tokens(), Limits.standard()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(host);
        }
        assertThatThrownBy(() -> LoopbackService.open("127.0.0.1", 65536, node, served.tokens(), Limits.standard()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aWatchOnAConnectionThatIsClosedIsRefusedAtOnce() throws Exception {
        NodeConnection connection = served.connection(SERVICE, token);
        connection.close();
        assertThatThrownBy(() -> connection.store().watch(new Prefix("/t"), new WatchStart.Now(), new RecordingListener()))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(StoreException.Code.CLOSED));
    }
}
