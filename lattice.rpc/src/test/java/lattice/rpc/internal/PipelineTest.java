package lattice.rpc.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.v1.BatchRequest;
import lattice.v1.Committed;
import lattice.v1.Operation;
import lattice.v1.Outcome;
import lattice.v1.PipelineRequest;
import lattice.v1.PipelineResponse;
import lattice.v1.StoreServiceGrpc;
import lattice.v1.WatchRequest;
import lattice.v1.WatchResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes in a stream: each has rights and an answer of its own. */
@Timeout(60)
class PipelineTest {
    private static final long MIB = 1024 * 1024;
    // Of the standard limits, with a shorter time to send a request.
    private static final Limits HASTY = new Limits(64, 16, Duration.ofSeconds(10), 64, 64, Duration.ofMillis(500), 64 * MIB,
            32 * MIB, 128 * MIB, 4 * MIB, 4096, 16 * MIB, Duration.ofSeconds(15), Duration.ofSeconds(10), 20, 1);

    private ServedStore served;
    private String token;

    @BeforeEach
    void serve() throws Exception {
        served = new ServedStore(HASTY);
        token = served.token("org.example.writer", "/mine", "/mine");
    }

    @AfterEach
    void stop() throws Exception {
        served.close();
    }

    /** A client by hand. */
    private static final class Client extends ClientCall.Listener<PipelineResponse> {
        private final ClientCall<PipelineRequest, PipelineResponse> call;
        private final Map<Long, String> answers = new HashMap<>(); // guarded by this
        private final CompletableFuture<Status> status = new CompletableFuture<>();

        Client(ServedStore served, String token) {
            call = ClientInterceptors.intercept(served.channel(), ServedStore.bearer(token))
                    .newCall(StoreServiceGrpc.getPipelineMethod(), CallOptions.DEFAULT);
            call.start(this, new Metadata());
            call.request(Integer.MAX_VALUE);
        }

        void send(Operation.Builder... operations) {
            PipelineRequest.Builder message = PipelineRequest.newBuilder();
            for (Operation.Builder operation : operations) {
                message.addOperations(operation);
            }
            call.sendMessage(message.build());
        }

        @Override
        public synchronized void onMessage(PipelineResponse message) {
            for (Committed committed : message.getCommittedList()) {
                for (int i = 0; i < committed.getNumbersCount(); i++) {
                    answers.put(committed.getNumbers(i), "revision " + committed.getPosition().getRevision());
                }
            }
            for (Outcome outcome : message.getOutcomesList()) {
                answers.put(outcome.getNumber(), outcome.hasFailure()
                        ? outcome.getFailure().getReason() + " " + Status.fromCodeValue(outcome.getFailure().getCode()).getCode()
                        : outcome.getApplied().getResultCase().toString());
            }
            notifyAll();
        }

        @Override
        public void onClose(Status with, Metadata trailers) {
            status.complete(with);
        }

        synchronized Map<Long, String> awaitAnswers(int count) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (answers.size() < count) {
                long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                assertThat(millis).as("waited in vain for %s answers; came: %s", count, answers).isPositive();
                wait(millis);
            }
            return Map.copyOf(answers);
        }
    }

    private static Operation.Builder put(String key, String value) {
        Operation.Builder operation = Operation.newBuilder();
        operation.getPutBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value));
        return operation;
    }

    private static Operation.Builder delete(String key) {
        Operation.Builder operation = Operation.newBuilder();
        operation.getDeleteBuilder().setKey(key);
        return operation;
    }

    private static Operation.Builder batch(String... keys) {
        Operation.Builder operation = Operation.newBuilder();
        BatchRequest.Builder batch = operation.getBatchBuilder();
        for (String key : keys) {
            batch.addMutationsBuilder().getPutBuilder().setKey(key);
        }
        return operation;
    }

    private String value(String key) {
        return served.store().get(new Key(key)).map(entry -> new String(entry.value(), UTF_8)).orElse("none");
    }

    @Test
    void eachHasRightsOfItsOwn() throws Exception {
        Client client = new Client(served, token);
        Operation.Builder apply = Operation.newBuilder();
        apply.getApplyBuilder().setStateMachine("unknown");
        client.send(put("/mine/a", "1"), put("/theirs/a", "1"), batch("/mine/b", "/theirs/b"), put("/services/x/config", "{}"),
                put("/mine/../theirs", "1"), apply, Operation.newBuilder(), delete("/peers/x"), batch(), put("/mine/c", "2"));
        Map<Long, String> answers = client.awaitAnswers(10);
        assertThat(answers.get(0L)).startsWith("revision");
        assertThat(answers.get(9L)).startsWith("revision");
        for (long denied : new long[] {1, 2, 3, 7}) {
            assertThat(answers.get(denied)).as("of %s", denied).isEqualTo("DENIED PERMISSION_DENIED");
        }
        assertThat(answers.get(4L)).isEqualTo("INVALID_KEY INVALID_ARGUMENT");
        assertThat(answers.get(5L)).isEqualTo("NO_STATE_MACHINE NOT_FOUND");
        assertThat(answers.get(6L)).isEqualTo("INVALID_REQUEST INVALID_ARGUMENT");
        assertThat(answers.get(8L)).isEqualTo("INVALID_TRANSACTION INVALID_ARGUMENT");
        assertThat(served.store().scan(new Prefix("/")).map(entry -> entry.key().path())).containsExactly("/mine/a", "/mine/c");
        assertThat(client.status).isNotDone();
    }

    @Test
    void tricksWithPathsAreNoKeys() throws Exception {
        List<String> tricks = List.of("", "/", "//", "mine/a", "/mine/", "/mine//a", "/mine/../services/x/config", "/mine/..", "/mine/.",
                "/mine/a\u0000", "/mine/a\n", "\u0000/mine");
        Client client = new Client(served, token);
        tricks.forEach(path -> client.send(put(path, "1"), delete(path), batch("/mine/a", path)));
        assertThat(client.awaitAnswers(3 * tricks.size())).hasSize(3 * tricks.size())
                .allSatisfy((number, answer) -> assertThat(answer).as("of %s", tricks.get((int) (number / 3)))
                        .isEqualTo("INVALID_KEY INVALID_ARGUMENT"));
        assertThat(served.store().scan(new Prefix("/"))).isEmpty();
    }

    @Test
    void takeAGoodToken() throws Exception {
        for (String wrong : new String[] {"", "lattice_00000000_" + "A".repeat(43), token.substring(0, token.length() - 1) + "!"}) {
            Client client = new Client(served, wrong);
            client.send(put("/mine/a", "1"));
            assertThat(client.status.get(10, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
        assertThat(value("/mine/a")).isEqualTo("none");
    }

    @Test
    void areDoneInOrderAndEndWhenTheClientSaysSo() throws Exception {
        Client client = new Client(served, token);
        for (int message = 0; message < 30; message++) {
            Operation.Builder[] operations = new Operation.Builder[100];
            for (int i = 0; i < operations.length; i++) {
                operations[i] = put("/mine/a", "" + (100 * message + i));
            }
            client.send(operations);
        }
        client.call.halfClose();
        assertThat(client.status.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.OK);
        assertThat(client.awaitAnswers(3000)).hasSize(3000).allSatisfy((number, answer) -> assertThat(answer).startsWith("revision"));
        assertThat(value("/mine/a")).isEqualTo("2999");
    }

    @Test
    void aRepetitionIsAnsweredAndNotDone() throws Exception {
        Client client = new Client(served, token);
        Operation.Builder first = put("/mine/a", "1");
        first.getPutBuilder().setOperationId("once");
        client.send(first, put("/mine/a", "2"));
        client.awaitAnswers(2);
        Client again = new Client(served, token);
        again.send(first);
        assertThat(again.awaitAnswers(1).get(0L)).isEqualTo(client.awaitAnswers(2).get(0L));
        assertThat(value("/mine/a")).isEqualTo("2");
    }

    @Test
    void aRevokedTokenEndsTheStreamAndWritesNothingMore() throws Exception {
        Client client = new Client(served, token);
        client.send(put("/mine/a", "1"));
        client.awaitAnswers(1);
        served.tokens().revoke(token.split("_")[1]);
        assertThat(client.status.get(10, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        awaitNoStreams();
        client.send(put("/mine/a", "2"));
        served.stop();
        assertThat(value("/mine/a")).isEqualTo("1");
    }

    private void awaitNoStreams() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (served.server().streams() > 0) {
            assertThat(System.nanoTime()).as("waited in vain for the stream to be forgotten").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    @Test
    void aRevokedTokenLeavesNoWatchBehind() throws Exception {
        Iterator<WatchResponse> watch = served.stub(token).watch(WatchRequest.newBuilder().setPrefix("/mine").build());
        assertThat(watch.next().hasCaughtUp()).isTrue();
        served.tokens().revoke(token.split("_")[1]);
        assertThatThrownBy(watch::hasNext).hasMessageContaining("UNAUTHENTICATED");
        awaitNoStreams();
    }

    @Test
    void aWatchWhoseDeadlineIsOverOrWhoseClientLeavesIsForgotten() {
        Iterator<WatchResponse> watch = served.stub(token).withDeadlineAfter(500, TimeUnit.MILLISECONDS)
                .watch(WatchRequest.newBuilder().setPrefix("/mine").build());
        assertThat(watch.next().hasCaughtUp()).isTrue();
        assertThatThrownBy(watch::hasNext).hasMessageContaining("DEADLINE_EXCEEDED");
        assertThatCode(this::awaitNoStreams).doesNotThrowAnyException();

        try (Context.CancellableContext leaving = Context.current().withCancellation()) {
            leaving.run(() -> {
                Iterator<WatchResponse> another = served.stub(token).watch(WatchRequest.newBuilder().setPrefix("/mine").build());
                assertThat(another.next().hasCaughtUp()).isTrue();
                assertThat(served.server().streams()).isPositive();
                leaving.cancel(null);
                assertThatThrownBy(another::hasNext).hasMessageContaining("CANCELLED");
            });
        }
        assertThatCode(this::awaitNoStreams).doesNotThrowAnyException();
    }

    @Test
    void aStreamMayRest() throws Exception {
        Client client = new Client(served, token);
        client.send(put("/mine/a", "1"));
        client.awaitAnswers(1);
        // What takes too long to send its request is ended by a sweep, each second; this stream owes nothing.
        assertThatThrownBy(() -> client.status.get(2500, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        client.send(put("/mine/b", "2"));
        client.awaitAnswers(2);
        assertThat(value("/mine/b")).isEqualTo("2");
    }
}
