package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import lattice.api.store.StoreException;
import lattice.kernel.internal.files.StallingFiles;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;
import lattice.kernel.membership.Membership;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node that is being closed is still about. */
@Timeout(120)
final class ClosingTest {
    @TempDir
    Path home;

    /** Or it would go on writing where another may have begun, or somebody has cleared up. */
    @Test
    void theStateOfACheckpointThatIsBeingMadeIsGivenUpAndWaitedFor() throws Exception {
        StallingFiles files = new StallingFiles(file -> file.endsWith("checkpoints/unfinished.tmp"));
        AtomicReference<Membership> founded = new AtomicReference<>();
        NodeKernel kernel = new NodeKernel(home, System::currentTimeMillis, files, StateMachines.NONE, new NodeKernel.StoreListener() {
            @Override
            public void opened(Engine store) {
                assertThat(store.name()).isNotBlank();
            }

            @Override
            public void founded(Engine root, Membership membership) {
                founded.set(membership);
            }

            @Override
            public void closing(Engine store) {
                assertThat(store.name()).isNotBlank();
            }
        });
        Path checkpoints = home.resolve("stores").resolve(kernel.root().id().hex()).resolve("checkpoints");
        files.stall();
        CompletableFuture<Throwable> making = CompletableFuture.supplyAsync(
                () -> catchThrowable(() -> founded.get().checkpoints().make("root", Optional.of(Duration.ZERO))));
        assertThat(files.awaitStalled()).isTrue();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(kernel::close);
        assertThatThrownBy(() -> closing.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        files.goOn();

        closing.get(60, TimeUnit.SECONDS);
        try (Stream<Path> left = Files.list(checkpoints)) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".runs"))
                    .noneMatch(name -> name.endsWith(".made"));
        }
        assertThat(making.get(60, TimeUnit.SECONDS)).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).isEqualTo(StoreException.Code.CLOSED));
    }
}
