package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.store.Acl;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchStart;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.UnixSockets;
import lattice.rpc.IssuedToken;
import lattice.rpc.TokenGrant;
import lattice.testkit.InMemoryStore;
import lattice.testkit.RecordingListener;
import lattice.testkit.TestNodeStatus;
import lattice.v1.ApplyRequest;
import lattice.v1.BatchRequest;
import lattice.v1.ConnectRequest;
import lattice.v1.DeleteRequest;
import lattice.v1.GetPositionRequest;
import lattice.v1.GetRequest;
import lattice.v1.HistoryRequest;
import lattice.v1.Mutation;
import lattice.v1.PutRequest;
import lattice.v1.ScanRequest;
import lattice.v1.StoreServiceGrpc;
import lattice.v1.WatchRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Nobody gets in without a good token, and nobody with one gets further than it goes. */
@Timeout(60)
class RightsOverSocketTest {
    private ServedStore served;
    private String token;
    private StoreServiceGrpc.StoreServiceBlockingStub bridge;

    @BeforeEach
    void serve() throws Exception {
        InMemoryStore store = new InMemoryStore();
        store.register("test.write", (state, command) -> new Decision.Accept(
                new Effect.SetRegister(new Key("/inbox/a"), command),
                new Effect.SetRegister(new Key(new String(command, java.nio.charset.StandardCharsets.UTF_8)), command)));
        served = new ServedStore(Limits.standard(), store);
        token = served.token("org.example.bridge", "/notes", "/inbox");
        bridge = served.stub(token);
        served.store().put(new Key("/secret"), "s");
        served.store().put(new Key("/notes-not/a"), "s");
        served.store().put(new Key("/services/lattice.irc-gateway/config"), "{}");
        served.store().put(new Key("/state/lattice.irc-gateway/a"), "s");
    }

    @AfterEach
    void stop() throws Exception {
        served.close();
    }

    private interface Call {
        void run() throws Exception;
    }

    private static void assertFails(Reason reason, Call call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(failure).as("the call should have failed").isNotNull();
        assertThat(Failures.reason(failure)).as(failure.toString()).contains(reason);
        assertThat(failure.getStatus().getCode()).isEqualTo(reason.status());
        assertThat(failure.getStatus().getDescription()).as("a sentence").endsWith(".");
    }

    private void assertEveryCallIsRefused(StoreServiceGrpc.StoreServiceBlockingStub stub) {
        ServedStore before = served;
        long revision = before.store().position().revision();
        List<Call> calls = List.of(
                () -> stub.connect(ConnectRequest.newBuilder().setServiceId("org.example.bridge").build()),
                () -> stub.getPosition(GetPositionRequest.getDefaultInstance()),
                () -> stub.get(GetRequest.newBuilder().setKey("/notes/a").build()),
                () -> stub.put(put("/inbox/a")),
                () -> stub.delete(DeleteRequest.newBuilder().setKey("/inbox/a").build()),
                () -> stub.batch(BatchRequest.newBuilder().addMutations(mutation("/inbox/a")).build()),
                () -> stub.apply(ApplyRequest.newBuilder().setStateMachine("test.write").build()),
                () -> stub.history(HistoryRequest.newBuilder().setKey("/notes/a").build()).hasNext(),
                () -> stub.scan(ScanRequest.newBuilder().setPrefix("/notes").build()).hasNext(),
                () -> stub.watch(WatchRequest.newBuilder().setPrefix("/notes").build()).hasNext());
        calls.forEach(call -> assertFails(Reason.TOKEN_REFUSED, call));
        assertThat(served.store().position().revision()).isEqualTo(revision);
    }

    private static PutRequest put(String key) {
        return PutRequest.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8("x")).build();
    }

    private static Mutation mutation(String key) {
        return Mutation.newBuilder().setPut(Mutation.Put.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8("x"))).build();
    }

    @Test
    void withoutATokenNothingIsAnswered() {
        assertEveryCallIsRefused(StoreServiceGrpc.newBlockingStub(served.channel()).withDeadlineAfter(20, TimeUnit.SECONDS));
    }

    @Test
    void withAWrongTokenNothingIsAnswered() {
        String wrong = token.substring(0, token.length() - 1) + (token.endsWith("A") ? "B" : "A");
        assertEveryCallIsRefused(served.stub(wrong));
    }

    @Test
    void withARevokedTokenNothingIsAnswered() {
        bridge.getPosition(GetPositionRequest.getDefaultInstance());
        served.tokens().revoke(served.tokens().list().get(0).id());
        assertEveryCallIsRefused(bridge);
    }

    @Test
    void aTokenIsNotAnotherServices() {
        assertFails(Reason.TOKEN_REFUSED,
                () -> bridge.connect(ConnectRequest.newBuilder().setServiceId("lattice.irc-gateway").build()));
        assertThat(bridge.connect(ConnectRequest.newBuilder().setServiceId("org.example.bridge").build()).getWriteList())
                .containsExactly("/inbox", "/nodes/" + TestNodeStatus.NODE + "/status/org.example.bridge",
                        "/state/org.example.bridge");
    }

    @Test
    void runningCallsEndWhenTheTokenIsRevoked() {
        Store store = served.client(new ServiceId("org.example.bridge"), token);
        RecordingListener listener = new RecordingListener(Duration.ofSeconds(20));
        store.watch(new Prefix("/notes"), new WatchStart.Now(), listener);
        Iterator<lattice.v1.WatchResponse> bare = bridge.watch(WatchRequest.newBuilder().setPrefix("/notes").build());
        assertThat(bare.next().hasCaughtUp()).isTrue();
        served.tokens().revoke(served.tokens().list().get(0).id());
        served.store().put(new Key("/notes/after"), "not for them");
        assertThat(listener.awaitEnd()).isInstanceOfSatisfying(WatchEnd.Failed.class,
                end -> assertThat(end.cause().code()).isEqualTo(StoreException.Code.DENIED));
        assertThat(listener.changes()).isEmpty();
        assertFails(Reason.TOKEN_REFUSED, bare::hasNext);
        assertThatThrownBy(() -> store.put(new Key("/inbox/a"), "x")).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).isEqualTo(StoreException.Code.DENIED));
    }

    @Test
    void runningCallsEndWhenTheTokenRunsOut() {
        IssuedToken brief = served.tokens().issue(new TokenGrant(new ServiceId("org.example.brief"), "root",
                new Acl(java.util.Set.of(), java.util.Set.of()), Optional.of(Duration.ofSeconds(2)), true));
        RecordingListener listener = new RecordingListener(Duration.ofSeconds(30));
        served.client(new ServiceId("org.example.brief"), brief.secret())
                .watch(new Prefix("/state/org.example.brief"), new WatchStart.Now(), listener);
        assertThat(listener.awaitEnd()).isInstanceOf(WatchEnd.Failed.class);
        assertFails(Reason.TOKEN_REFUSED,
                () -> served.stub(brief.secret()).getPosition(GetPositionRequest.getDefaultInstance()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/secret", "/notes-not/a", "/note", "/state/lattice.irc-gateway/a", "/state",
            "/services/lattice.irc-gateway/config", "/services", "/services/org.example.bridge",
            "/services/org.example.bridge/configuration", "/services/org.example.bridgex/config", "/state/org.example.bridgex",
            "/state/org.example.bridge%2fa", "/%6eotes/a", "/NOTES/a", "/notes\u200b/a", "/n\u043etes/a", "/notes%00", "/peers/x", "/stores/x", "/tokens/x", "/nodes/x/health"})
    void whatIsNotGrantedIsNotRead(String path) {
        assertFails(Reason.DENIED, () -> bridge.get(GetRequest.newBuilder().setKey(path).build()));
        assertFails(Reason.DENIED, () -> bridge.scan(ScanRequest.newBuilder().setPrefix(path).build()).hasNext());
        assertFails(Reason.DENIED, () -> bridge.history(HistoryRequest.newBuilder().setKey(path).build()).hasNext());
        assertFails(Reason.DENIED, () -> bridge.watch(WatchRequest.newBuilder().setPrefix(path).build()).hasNext());
        assertFails(Reason.DENIED, () -> bridge.scan(ScanRequest.newBuilder().setPrefix("/").setAfter(path).build()).hasNext());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/secret", "/notes/a", "/inbox-not/a", "/state/lattice.irc-gateway/a", "/services/x/config",
            "/services/org.example.bridge/config", "/services", "/peers/x", "/stores/x", "/consent/x", "/lattice.consent/x",
            "/tokens/x", "/nodes/x/status/org.example.bridge", "/nodes/x/services/org.example.bridge",
            "/inbox%2fa", "/%69nbox/a", "/INBOX/a", "/inbox\u200b/a", "/inbo\u0445/a", "/state/org.example.bridgex/a",
            "/%73ervices/x/config", "/registry/isolation/x/y", "/lattice/config/lattice.consent"})
    void whatIsNotGrantedIsNotWritten(String path) {
        long revision = served.store().position().revision();
        assertFails(Reason.DENIED, () -> bridge.put(put(path)));
        assertFails(Reason.DENIED, () -> bridge.delete(DeleteRequest.newBuilder().setKey(path).build()));
        assertFails(Reason.DENIED, () -> bridge.batch(BatchRequest.newBuilder()
                .addMutations(mutation("/inbox/a")).addMutations(mutation(path)).addMutations(mutation("/inbox/b")).build()));
        assertFails(Reason.DENIED, () -> bridge.apply(ApplyRequest.newBuilder().setStateMachine("test.write")
                .setCommand(ByteString.copyFromUtf8(path)).build()));
        assertThat(served.store().position().revision()).as("nothing was written").isEqualTo(revision);
    }

    @ParameterizedTest
    @ValueSource(strings = {"services/" + "lattice.irc-gateway", "services/org.example.bridge", "status/lattice.irc-gateway",
            "health", "status"})
    void theStatusOfOthersIsNotWritten(String below) {
        assertFails(Reason.DENIED, () -> bridge.put(put("/nodes/" + TestNodeStatus.NODE + "/" + below)));
        bridge.put(put("/nodes/" + TestNodeStatus.NODE + "/status/org.example.bridge"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "//", "notes/a", "/notes/", "/notes//a", "/notes/../secret", "/notes/./a", "/notes/a\u0000",
            "/notes/a\n", "/inbox/..", "/inbox/../services/x/config", "/inbox/.", "\u0000/inbox"})
    void tricksWithPathsAreNoKeys(String path) {
        long revision = served.store().position().revision();
        assertFails(Reason.INVALID_KEY, () -> bridge.put(put(path)));
        assertFails(Reason.INVALID_KEY, () -> bridge.delete(DeleteRequest.newBuilder().setKey(path).build()));
        assertFails(Reason.INVALID_KEY, () -> bridge.batch(
                BatchRequest.newBuilder().addMutations(mutation("/inbox/a")).addMutations(mutation(path)).build()));
        assertFails(Reason.INVALID_KEY, () -> bridge.history(HistoryRequest.newBuilder().setKey(path).build()).hasNext());
        assertFails(Reason.INVALID_KEY, () -> bridge.get(GetRequest.newBuilder().setKey(path).build()));
        if (!path.equals("/")) {
            assertFails(Reason.INVALID_KEY, () -> bridge.scan(ScanRequest.newBuilder().setPrefix(path).build()).hasNext());
            assertFails(Reason.INVALID_KEY, () -> bridge.watch(WatchRequest.newBuilder().setPrefix(path).build()).hasNext());
        }
        assertThat(served.store().position().revision()).as("nothing was written").isEqualTo(revision);
    }

    /** Nobody decodes a key: what looks like an escape, or like another letter, is a key of its own below the prefix. */
    @ParameterizedTest
    @ValueSource(strings = {"/inbox/%2e%2e/services/x/config", "/inbox/..%2fservices", "/inbox/\u2024\u2024/services/x/config",
            "/inbox/\uff0e\uff0e/services", "/inbox/\u2215services", "/inbox/a\\..\\..\\services", "/inbox/...", "/inbox/.a"})
    void whatLooksLikeATrickIsTakenAsItIs(String path) {
        bridge.put(put(path));
        assertThat(served.store().get(new Key(path))).isPresent();
        try (Stream<Entry> services = served.store().scan(new Prefix("/services"))) {
            assertThat(services).extracting(entry -> entry.key().path())
                    .containsExactly("/services/lattice.irc-gateway/config");
        }
    }

    /** In bytes that are no UTF-8 a path could hide from whoever judges it: overlong slashes and dots, halves of letters. */
    @ParameterizedTest
    @ValueSource(strings = {"2f696e626f782fc0ae", "2f696e626f78c0af61", "2f696e626f782feda080", "2f696e626f782fff", "c0af736572766963657361",
            "2f696e626f782ff8808080af"})
    void whatIsNoTextIsNoKey(String hex) throws Exception {
        long revision = served.store().position().revision();
        byte[] key = HexFormat.of().parseHex(hex);
        byte[] request = ByteBuffer.allocate(key.length + 2).put((byte) 0x0a).put((byte) key.length).put(key).array();
        for (MethodDescriptor<?, ?> method : List.of(StoreServiceGrpc.getPutMethod(), StoreServiceGrpc.getGetMethod(),
                StoreServiceGrpc.getDeleteMethod())) {
            StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, () -> ClientCalls.blockingUnaryCall(
                    ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token)),
                    RawBytes.unary(method.getFullMethodName()), CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS), request));
            assertThat(failure).as(method.getFullMethodName()).isNotNull();
            assertThat(Failures.reason(failure)).as(failure.toString()).contains(Reason.INVALID_REQUEST);
        }
        assertThat(served.store().position().revision()).isEqualTo(revision);
    }

    @Test
    void theRootIsNobodysToReadOrWatch() {
        assertFails(Reason.DENIED, () -> bridge.scan(ScanRequest.newBuilder().setPrefix("/").build()).hasNext());
        assertFails(Reason.DENIED, () -> bridge.watch(WatchRequest.newBuilder().setPrefix("/").build()).hasNext());
        assertFails(Reason.DENIED, () -> bridge.watch(WatchRequest.newBuilder().setPrefix("/").addFilters("/notes").build())
                .hasNext());
    }

    /** A write that is named as another service's is that service's no more than by its content. */
    @Test
    void theOperationIdOfAnotherServiceIsNotItsReceipt() {
        StoreServiceGrpc.StoreServiceBlockingStub other = served.stub(served.token("org.example.other", "", "/inbox"));
        other.put(put("/inbox/theirs").toBuilder().setOperationId("one").build());
        var receipt = bridge.put(put("/inbox/ours").toBuilder().setOperationId("one").build());
        assertThat(served.store().get(new Key("/inbox/ours"))).isPresent();
        assertThat(bridge.put(put("/inbox/ours").toBuilder().setOperationId("one").build())).isEqualTo(receipt);
    }

    @Test
    void aWatchShowsNothingBesideItsPrefixAndFilters() {
        Store store = served.client(new ServiceId("org.example.bridge"), token);
        RecordingListener listener = new RecordingListener();
        store.watch(new Prefix("/notes"), new WatchStart.Now(), listener);
        Iterator<lattice.v1.WatchResponse> filtered = bridge.watch(WatchRequest.newBuilder().setPrefix("/notes")
                .addFilters("/notes/b").build());
        assertThat(filtered.next().hasCaughtUp()).isTrue();
        for (String path : List.of("/secret", "/notes-not/x", "/notes/a", "/inbox/a", "/notes/b")) {
            served.store().put(new Key(path), path);
        }
        assertThat(listener.awaitChanges(2)).extracting(change -> change.key().path()).containsExactly("/notes/a", "/notes/b");
        assertThat(filtered.next().getChanges().getChanges(0).getUpdated().getKey()).isEqualTo("/notes/b");
        assertFails(Reason.INVALID_REQUEST, () -> bridge.watch(WatchRequest.newBuilder().setPrefix("/notes")
                .addFilters("/secret").build()).hasNext());
    }

    /** Which keys a command writes is found out by the store; the owner is told all the same, and not for each. */
    @Test
    void aCommandThatIsDeniedIsLoggedOnceInAWhile() {
        Logger logger = (Logger) LoggerFactory.getLogger(Rights.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.setLevel(ch.qos.logback.classic.Level.INFO);
        logger.addAppender(log);
        try {
            for (int i = 0; i < 3; i++) {
                assertFails(Reason.DENIED, () -> bridge.apply(ApplyRequest.newBuilder().setStateMachine("test.write")
                        .setCommand(ByteString.copyFromUtf8("/secret")).build()));
            }
            assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage).singleElement().asString()
                    .contains("org.example.bridge", "apply test.write");
        } finally {
            logger.detachAppender(log);
            logger.setLevel(null);
        }
    }

    @Test
    void failedAttemptsAreCutOffAndLoggedWithTheirPeerWhileOthersWork() {
        Logger logger = (Logger) LoggerFactory.getLogger(FailedAttempts.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.setLevel(ch.qos.logback.classic.Level.WARN);
        logger.setAdditive(false);
        logger.addAppender(log);
        try {
            int cut = 0;
            for (int i = 0; i < 100; i++) {
                StoreServiceGrpc.StoreServiceBlockingStub nobody = StoreServiceGrpc.newBlockingStub(served.channel())
                        .withDeadlineAfter(20, TimeUnit.SECONDS);
                StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class,
                        () -> nobody.getPosition(GetPositionRequest.getDefaultInstance()));
                cut += failure.getStatus().getCode() == Status.Code.UNAUTHENTICATED ? 0 : 1;
                bridge.getPosition(GetPositionRequest.getDefaultInstance());
            }
            assertThat(cut).isGreaterThan(60);
            assertThat(log.list).hasSizeBetween(20, 60).first().satisfies(event -> assertThat(event.getFormattedMessage())
                    .contains(UnixSockets.best() == UnixSockets.EPOLL ? "process " + ProcessHandle.current().pid() + " of uid "
                            : "a process of user " + System.getProperty("user.name"))
                    .contains("it showed no token"));
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
        }
    }
}
