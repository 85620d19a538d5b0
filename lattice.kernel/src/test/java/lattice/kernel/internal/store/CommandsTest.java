package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.StateMachine;
import lattice.api.statemachine.StateView;
import lattice.api.store.CommandResult;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.internal.files.FaultyFiles;
import lattice.kernel.internal.files.FaultyFiles.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class CommandsTest {
    @TempDir
    Path home;

    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicReference<StateView> kept = new AtomicReference<>();
    private final Map<String, StateMachine> machines = Map.of(
            "increment", (state, command) -> {
                int before = state.get(new Key("/n")).map(entry -> Integer.parseInt(entry.text())).orElse(0);
                return new Decision.Accept(new Effect.SetRegister(new Key("/n"), ("" + (before + 1)).getBytes()));
            },
            "hang", (state, command) -> {
                kept.set(state);
                if (command.length > 0) {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return new Decision.Accept(new Effect.SetRegister(new Key("/hung"), command));
            });

    private static CommandResult get(CompletionStage<CommandResult> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void aStateMachineThatDoesNotAnswerIsGivenUpOnAndItsLateAnswerIsNotWritten() throws Exception {
        try (TestEngines engines = new TestEngines(home).machines(machines).commandMillis(200); Engine engine = engines.open()) {
            CompletionStage<CommandResult> hung = engine.apply(Actor.NODE, "hang", new byte[] {1}, Optional.empty());
            CompletionStage<CommandResult> next = engine.apply(Actor.NODE, "hang", new byte[0], Optional.empty());
            assertFails(hung);
            assertThat(get(next)).as("the lane goes on").isInstanceOf(CommandResult.Applied.class);
            assertThat(get(engine.apply(Actor.NODE, "increment", new byte[0], Optional.empty()))).isInstanceOf(CommandResult.Applied.class);
            StateView stale = kept.get();
            assertThatThrownBy(() -> stale.get(new Key("/n"))).isInstanceOf(IllegalStateException.class);
            // Once three threads hang, no more are given to it.
            assertFails(engine.apply(Actor.NODE, "hang", new byte[] {1}, Optional.empty()));
            assertFails(engine.apply(Actor.NODE, "hang", new byte[] {1}, Optional.empty()));
            long before = System.nanoTime();
            assertFails(engine.apply(Actor.NODE, "hang", new byte[] {1}, Optional.empty()));
            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.MILLISECONDS.toNanos(150));
            release.countDown();
            engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/x"), "x")));
            assertThat(engine.get(new Key("/hung")).orElseThrow().value()).isEmpty();
        } finally {
            release.countDown();
        }
    }

    @Test
    void whatWasDecidedUponACommandThatWasNotWrittenIsNotWrittenEither() throws Exception {
        FaultyFiles files = new FaultyFiles();
        try (TestEngines engines = new TestEngines(home).machines(machines).files(files); Engine engine = engines.open()) {
            get(engine.apply(Actor.NODE, "increment", new byte[0], Optional.empty()));
            List<CompletionStage<CommandResult>> stages = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                if (i == 100) {
                    files.set(Fault.FAILED_SYNC, path -> path.toString().endsWith(".log"));
                } else if (i == 200) {
                    files.set(Fault.NONE, path -> false);
                    while (!engine.status().writable()) {
                        Thread.sleep(5);
                    }
                }
                stages.add(engine.apply(Actor.NODE, "increment", new byte[0], Optional.empty()));
            }
            int applied = 1;
            for (CompletionStage<CommandResult> stage : stages) {
                try {
                    get(stage);
                    applied++;
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(StoreException.class);
                }
            }
            assertThat(engine.get(new Key("/n")).orElseThrow().text()).isEqualTo("" + applied);
        }
    }

    @Test
    void aCommandThatIsSentAgainAfterARestartIsAnsweredAndNotDecidedAgain() throws Exception {
        Optional<String> operation = Optional.of("once");
        try (TestEngines engines = new TestEngines(home).machines(machines)) {
            CommandResult first;
            try (Engine engine = engines.open()) {
                first = get(engine.apply(Actor.NODE, "increment", new byte[0], operation));
            }
            try (Engine engine = engines.open()) {
                CommandResult again = get(engine.apply(Actor.NODE, "increment", new byte[0], operation));
                assertThat(again).isEqualTo(first);
                get(engine.apply(Actor.NODE, "increment", new byte[0], Optional.empty()));
                assertThat(engine.get(new Key("/n")).orElseThrow().text()).isEqualTo("2");
            }
        }
    }

    private static void assertFails(CompletionStage<CommandResult> stage) {
        assertThatThrownBy(() -> get(stage)).hasCauseInstanceOf(StoreException.class)
                .cause().isInstanceOfSatisfying(StoreException.class,
                        e -> assertThat(e.code()).isEqualTo(StoreException.Code.STATE_MACHINE_FAILED));
    }
}
