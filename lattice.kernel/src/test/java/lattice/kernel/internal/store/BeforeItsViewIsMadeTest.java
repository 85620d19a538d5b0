package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.files.StallingFiles;
import lattice.testkit.RecordingListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that was killed is there while its view is still being made, of its snapshot and its log. */
@Timeout(120)
final class BeforeItsViewIsMadeTest {
    private static final int KEYS = 600;

    @TempDir
    Path home;

    private final StallingFiles files = new StallingFiles(
            file -> Thread.currentThread().getName().equals("lattice-rebuild") && file.toString().endsWith(".snap"));
    private final Map<String, String> expected = new TreeMap<>();
    private TestEngines engines;
    private Engine engine;

    @BeforeEach
    void openWithASnapshotAndALogBehindIt() throws Exception {
        engines = new TestEngines(home).files(files).snapshotEveryBytes(1L << 40);
        engine = engines.open();
        for (int i = 0; i < KEYS; i++) {
            put("/t/" + i, i + "x".repeat(1000));
        }
        engine.snapshot();
        engine.snapshot();
        for (int i = 0; i < KEYS; i += 3) {
            put("/t/" + i, "later " + i);
            delete("/t/" + (i + 1));
            put("/t/new/" + i, "new");
        }
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        files.stall();
        engine = engines.open();
    }

    @AfterEach
    void close() {
        files.goOn();
        engine.close();
        engines.close();
    }

    private void put(String key, String value) {
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key(key), value)));
        expected.put(key, value);
    }

    private void delete(String key) {
        engine.writeAsNode(Transaction.of(new Mutation.Delete(new Key(key))));
        expected.remove(key);
    }

    private Map<String, String> state() {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Entry> entries = engine.scan(Prefix.ALL, null)) {
            entries.forEach(entry -> state.put(entry.key().path(), entry.text()));
        }
        return state;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    private Path newestSnapshot() throws Exception {
        try (Stream<Path> found = Files.list(engines.directory().resolve("snapshots"))) {
            return found.sorted().reduce((one, other) -> other).orElseThrow();
        }
    }

    @Test
    void itIsReadWrittenAndWatchedBeforeItsViewIsMade() throws Exception {
        assertThat(state()).isEqualTo(expected);
        for (int i = 0; i < KEYS; i += 50) {
            assertThat(engine.get(new Key("/t/" + i)).map(Entry::text)).isEqualTo(Optional.ofNullable(expected.get("/t/" + i)));
        }
        LogPosition before = engine.position();
        RecordingListener listener = new RecordingListener();
        try (Watch watch = engine.watchAsNode(Prefix.ALL, new WatchStart.After(before), listener)) {
            put("/t/2", "overwritten");
            delete("/t/5");
            put("/t/1", "written again");
            put("/u/1", "and one more");
            assertThat(listener.awaitChanges(4)).hasSize(4);
        }
        assertThat(state()).isEqualTo(expected);
        assertThat(engine.status().writable()).isTrue();
        assertThat(engine.status().problem()).isEmpty();
        assertThat(engine.history(new Key("/t/2"), 10)).as("it goes back to before the restart").hasSize(2);

        CompletableFuture<Engine.StateDigest> digest = CompletableFuture.supplyAsync(() -> engine.digest(Prefix.ALL));
        CompletableFuture<Boolean> sound = CompletableFuture.supplyAsync(() -> isSound());
        assertThatThrownBy(() -> digest.get(100, TimeUnit.MILLISECONDS)).as("it needs the view").isInstanceOf(TimeoutException.class);
        files.goOn();
        assertThat(digest.get(60, TimeUnit.SECONDS).count()).isEqualTo(expected.size());
        assertThat(sound.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(state()).isEqualTo(expected);
        engine.snapshot();
        engine.close();
        assertThat(engines.directory().resolve("view/CLEAN")).exists();
        assertThat(Files.list(engines.directory().resolve("view"))).as("nothing is left of making it").hasSize(2);
        engine = engines.open();
        assertThat(state()).isEqualTo(expected);
        assertThat(engine.digest(Prefix.ALL).hash()).isEqualTo(digest.get().hash());
    }

    private boolean isSound() {
        try {
            return engine.verify(Long.MAX_VALUE).damages().isEmpty();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void itIsClosedInOrderBeforeItsViewIsMade() throws Exception {
        put("/t/0", "the last");
        CompletableFuture<Void> closing = CompletableFuture.runAsync(engine::close);
        await(() -> {
            try {
                engine.get(new Key("/t/0"));
                return false;
            } catch (StoreException e) {
                return e.code() == StoreException.Code.CLOSED;
            }
        });
        files.goOn();
        closing.get(60, TimeUnit.SECONDS);
        assertThat(engines.directory().resolve("view/CLEAN")).exists();
        engine = engines.open();
        assertThat(state()).isEqualTo(expected);
    }

    @Test
    void aReaderThatIsInterruptedHarmsNobody() {
        Thread.currentThread().interrupt();
        Optional<Entry> found = engine.get(new Key("/t/2"));
        assertThat(Thread.interrupted()).as("that it was is not forgotten").isTrue();
        assertThat(found).isPresent();
        assertThat(engine.status().problem()).isEmpty();
        assertThat(state()).isEqualTo(expected);
    }

    /** What is read is checked each time; there is another snapshot. */
    @Test
    void aSnapshotThatIsDamagedMeanwhileIsNoticedAndDoneWithout() throws Exception {
        Path snapshot = newestSnapshot();
        try (RandomAccessFile file = new RandomAccessFile(snapshot.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int before = file.read();
            file.seek(file.length() / 2);
            file.write(before ^ 4);
        }
        assertThatThrownBy(this::state).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).isEqualTo(StoreException.Code.UNAVAILABLE));
        files.goOn();
        await(() -> {
            try {
                return state().equals(expected);
            } catch (StoreException e) {
                return false;
            }
        });
        put("/t/0", "it takes writes");
        assertThat(state()).isEqualTo(expected);
    }
}
