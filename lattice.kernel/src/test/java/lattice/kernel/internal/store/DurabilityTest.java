package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.store.Author;
import lattice.api.store.Change;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.files.FaultyFiles;
import lattice.kernel.internal.files.FaultyFiles.Fault;
import lattice.testkit.RecordingListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That what was acknowledged is there again, and that damage is noticed, whatever happens to the process and the disk. */
@Timeout(120)
final class DurabilityTest {
    @TempDir
    Path home;

    private final FaultyFiles files = new FaultyFiles();
    private TestEngines engines;
    private Engine engine;

    @BeforeEach
    void open() throws IOException {
        engines = new TestEngines(home).files(files);
        engine = engines.open();
    }

    @AfterEach
    void close() {
        engine.close();
        engines.close();
    }

    private void put(String path, String text) {
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key(path), text)));
    }

    private Map<String, String> state() {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Entry> entries = engine.scan(Prefix.ALL, null)) {
            entries.forEach(entry -> state.put(entry.key().path(), entry.text() + "@" + entry.revision()));
        }
        return state;
    }

    /** What a killed process leaves: the files as they are while the store is open. */
    private Path copyAsIfKilled(String name) throws IOException {
        Path copy = home.resolve(name);
        Path stores = copy.resolve("stores");
        Files.createDirectories(stores);
        Files.copy(home.resolve("identity.key"), copy.resolve("identity.key"), StandardCopyOption.COPY_ATTRIBUTES);
        try (Stream<Path> all = Files.walk(engines.directory())) {
            for (Path file : all.toList()) {
                Path target = stores.resolve(home.resolve("stores").relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    private static Path lastSegment(TestEngines of) throws IOException {
        try (Stream<Path> segments = Files.list(of.directory().resolve("log"))) {
            return segments.max(Comparator.naturalOrder()).orElseThrow();
        }
    }

    @Test
    void everythingIsThereAgainAfterACleanStopAndAfterAKill() throws Exception {
        for (int i = 0; i < 500; i++) {
            put("/t/" + i % 50, "v" + i);
        }
        Map<String, String> before = state();
        LogPosition position = engine.position();
        Author author = engine.self();
        Path killed = copyAsIfKilled("killed");
        engine.close();
        assertThat(engines.directory().resolve("view/CLEAN")).exists();
        engine = engines.open();
        assertThat(engines.directory().resolve("view/CLEAN")).doesNotExist();
        assertThat(state()).isEqualTo(before);
        assertThat(engine.position()).isEqualTo(position);
        assertThat(engine.self()).isEqualTo(author);
        try (TestEngines other = new TestEngines(killed); Engine again = other.open()) {
            Engine mine = engine;
            engine = again;
            assertThat(state()).isEqualTo(before);
            assertThat(again.position()).isEqualTo(position);
            assertThat(again.self()).as("nothing was lost, so the epoch goes on").isEqualTo(author);
            engine = mine;
        }
    }

    @Test
    void aMarkerThatIsDamagedAnywhereIsNotBelieved() throws Exception {
        for (int i = 0; i < 20; i++) {
            put("/t/" + i, "v" + i);
        }
        Map<String, String> before = state();
        Path marker = engines.directory().resolve("view/CLEAN");
        for (int round = 0; round < 15; round++) {
            engine.close();
            byte[] bytes = Files.readAllBytes(marker);
            int at = bytes.length * round / 15;
            bytes[at] ^= 0x20;
            Files.write(marker, round % 5 == 4 ? Arrays.copyOf(bytes, at) : bytes);
            engine = engines.open();
            assertThat(state()).as("marker changed at %s", at).isEqualTo(before);
            assertThat(engine.status().problem()).isEmpty();
        }
    }

    @Test
    void aSegmentThatIsGoneIsReported() throws Exception {
        engine.close();
        engines.segmentBytes(32 * 1024);
        engine = engines.open();
        for (int i = 0; i < 150; i++) {
            put("/t/" + i, "x".repeat(1000));
        }
        Path killed = copyAsIfKilled("killed");
        try (TestEngines other = new TestEngines(killed).segmentBytes(32 * 1024)) {
            List<Path> segments;
            try (Stream<Path> found = Files.list(other.directory().resolve("log"))) {
                segments = found.sorted().toList();
            }
            assertThat(segments).hasSizeGreaterThan(3);
            Files.delete(segments.get(2));
            try (Engine again = other.open()) {
                assertThat(again.status().problem().orElseThrow()).contains(segments.get(2).getFileName().toString());
                assertThat(again.get(new Key("/t/0"))).isPresent();
                assertThat(again.get(new Key("/t/149"))).isPresent();
                again.writeAsNode(Transaction.of(new Mutation.Put(new Key("/t/new"), "n")));
            }
        }
    }

    @Test
    void aSecondProcessIsRefused() {
        assertThatThrownBy(() -> engines.open()).isInstanceOf(IOException.class).hasMessageContaining("in use");
    }

    @Test
    void aTailThatIsTornAtAnyByteIsCutOffAndTheRestIsServed() throws Exception {
        put("/t/kept", "kept");
        // Reopened, so that its signature is written too and nothing but the last write comes behind it.
        engine.close();
        engine = engines.open();
        long keptEnd = engineLogEnd();
        put("/t/last", "the last write, which was never finished");
        long end = engineLogEnd();
        Author author = engine.self();
        Path killed = copyAsIfKilled("killed");
        for (long cut = keptEnd + 1; cut < end; cut += cut < keptEnd + 30 || cut > end - 10 ? 1 : 7) {
            Path home2 = killed.resolveSibling("torn" + cut);
            Files.move(killed, home2);
            try (TestEngines other = new TestEngines(home2)) {
                Path segment = lastSegment(other);
                byte[] all = Files.readAllBytes(segment);
                // What comes behind was not written either, whether the file is shorter or holds zeros.
                Arrays.fill(all, (int) cut, all.length, (byte) 0);
                Files.write(segment, cut % 2 == 0 ? all : Arrays.copyOf(all, (int) cut));
                try (Engine torn = other.open()) {
                    assertThat(torn.get(new Key("/t/kept"))).as("cut at %s", cut).isPresent();
                    assertThat(torn.get(new Key("/t/last"))).as("cut at %s", cut).isEmpty();
                    if (all[(int) cut - 1] != 0) {
                        assertThat(torn.self()).as("cut at %s", cut).isNotEqualTo(author);
                    }
                    assertThat(torn.status().problem()).isEmpty();
                    torn.writeAsNode(Transaction.of(new Mutation.Put(new Key("/t/new"), "n")));
                }
                try (Engine again = other.open()) {
                    assertThat(again.get(new Key("/t/new"))).isPresent();
                }
                // Back to what it was for the next cut.
                Files.walk(other.directory()).sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
            killed = home2;
            restoreCopy(killed);
        }
    }

    /** Numbers that were cut off may be known to others: whichever attempt to read the log finds that, they are not used again. */
    @Test
    void aTailThatIsTornIsNotForgottenWhenTheNewestSnapshotTurnsOutToBeDamaged() throws Exception {
        for (int i = 0; i < 2; i++) {
            put("/t/kept", "x".repeat(100_000));
            engine.snapshot();
        }
        engine.close();
        engine = engines.open();
        put("/t/last", "the last write, which was never finished");
        long end = engineLogEnd();
        Author author = engine.self();
        try (TestEngines other = new TestEngines(copyAsIfKilled("killed")).viewAtOnceBytes(Long.MAX_VALUE)) {
            Path segment = lastSegment(other);
            byte[] all = Files.readAllBytes(segment);
            Arrays.fill(all, (int) end - 5, all.length, (byte) 0);
            Files.write(segment, all);
            Path newest;
            try (Stream<Path> found = Files.list(other.directory().resolve("snapshots"))) {
                newest = found.max(Comparator.naturalOrder()).orElseThrow();
            }
            flip(newest, Files.size(newest) - 1_000, 4);
            try (Engine torn = other.open()) {
                assertThat(torn.get(new Key("/t/kept"))).isPresent();
                assertThat(torn.self()).isNotEqualTo(author);
            }
        }
    }

    /** Copies the store of this test into a home again. */
    private void restoreCopy(Path target) throws IOException {
        Path stores = target.resolve("stores");
        try (Stream<Path> all = Files.walk(engines.directory())) {
            for (Path file : all.toList()) {
                Path to = stores.resolve(home.resolve("stores").relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        }
    }

    private long engineLogEnd() {
        return engine.logEnd();
    }

    @Test
    void damageToWhatWasConfirmedIsReportedAndNotServed() throws Exception {
        put("/t/first", "first");
        // Reopened, so that its signature is written too and what begins here is the next write.
        engine.close();
        engine = engines.open();
        long start = engineLogEnd();
        put("/t/damaged", "damaged");
        put("/t/after", "after");
        Path killed = copyAsIfKilled("killed");
        Random random = new Random(7);
        for (int round = 0; round < 20; round++) {
            try (TestEngines other = new TestEngines(killed)) {
                long at = start + random.nextInt(recordBytes(lastSegment(other), start));
                flip(lastSegment(other), at, 1 << random.nextInt(8));
                try (Engine damaged = other.open()) {
                    assertThat(damaged.status().problem()).as("flipped a bit at %s", at).isPresent();
                    assertThat(damaged.status().problem().orElseThrow()).contains("damaged").contains(".log");
                    assertThat(damaged.get(new Key("/t/damaged"))).isEmpty();
                    assertThat(damaged.get(new Key("/t/first"))).isPresent();
                    assertThat(damaged.get(new Key("/t/after"))).isPresent();
                    damaged.writeAsNode(Transaction.of(new Mutation.Put(new Key("/t/more"), "m")));
                }
                Files.walk(other.directory()).sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
            restoreCopy(killed);
        }
    }

    /** How long the record is that begins at an offset: its head, and the body whose length the head begins with. */
    private static int recordBytes(Path file, long offset) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            open.seek(offset);
            return 20 + open.readInt();
        }
    }

    private static void flip(Path file, long offset, int bits) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            int before = open.read();
            open.seek(offset);
            open.write(before ^ bits);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whileTheDiskRefusesWritesFailAndReadsGoOnAndThenItRecoversByItself(Fault fault) throws Exception {
        put("/t/before", "before");
        files.set(fault, path -> path.toString().endsWith(".log"));
        assertCode(StoreException.Code.UNAVAILABLE, () -> {
            put("/t/failed", "failed");
            return null;
        });
        assertThat(engine.get(new Key("/t/before"))).isPresent();
        assertThat(engine.get(new Key("/t/failed"))).isEmpty();
        assertThat(engine.status().writable()).isFalse();
        assertThat(engine.status().problem()).isPresent();
        files.set(Fault.NONE, path -> false);
        await(() -> engine.status().writable());
        put("/t/after", "after");
        Path killed = copyAsIfKilled("killed");
        try (TestEngines other = new TestEngines(killed); Engine again = other.open()) {
            assertThat(again.get(new Key("/t/before"))).isPresent();
            assertThat(again.get(new Key("/t/failed"))).as("what failed is not half there").isEmpty();
            assertThat(again.get(new Key("/t/after"))).isPresent();
            assertThat(again.status().problem()).isEmpty();
        }
    }

    @Test
    void aDamagedViewIsMadeAnewWhileTheStoreIsOpen() throws Exception {
        for (int i = 0; i < 3000; i++) {
            engine.submit(Actor.NODE, Transaction.of(new Mutation.Put(new Key("/t/" + i), "x".repeat(200) + i)));
        }
        put("/t/last", "x");
        engine.snapshot();
        put("/t/last", "y");
        Map<String, String> before = state();
        // A cold start, so that nothing lies over the view; then every page that holds values is damaged.
        engine.close();
        Path view = Files.list(engines.directory().resolve("view")).filter(file -> file.toString().endsWith(".db"))
                .findFirst().orElseThrow();
        byte[] bytes = Files.readAllBytes(view);
        for (int i = 1; i < bytes.length; i++) {
            if (bytes[i] == 'x' && bytes[i - 1] == 'x') {
                bytes[i] = 'z';
            }
        }
        engine = engines.open();
        try (RandomAccessFile file = new RandomAccessFile(view.toFile(), "rw")) {
            file.write(bytes);
        }
        assertThatThrownBy(this::state).isInstanceOf(StoreException.class);
        await(() -> engine.status().problem().isEmpty());
        assertThat(state()).isEqualTo(before);
        put("/t/after", "z");
        assertThat(engine.get(new Key("/t/after"))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSnapshotAndTheTailOfTheLogAreTheState(boolean damageTheNewest) throws Exception {
        Random random = new Random(3);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 400; i++) {
                Key key = new Key("/t/" + random.nextInt(200));
                engine.submit(Actor.NODE, Transaction.of(random.nextInt(4) == 0 ? new Mutation.Delete(key)
                        : new Mutation.Put(key, "r" + round + "i" + i)));
            }
            engine.snapshot();
        }
        put("/t/tail", "tail");
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/t/op"), "1")).withOperationId("once"));
        Map<String, String> before = state();
        byte[] digest = engine.digest(Prefix.ALL).hash();
        Path killed = copyAsIfKilled("killed");
        try (TestEngines other = new TestEngines(killed)) {
            List<Path> snapshots;
            try (Stream<Path> found = Files.list(other.directory().resolve("snapshots"))) {
                snapshots = found.sorted().toList();
            }
            assertThat(snapshots).hasSize(2);
            if (damageTheNewest) {
                flip(snapshots.get(1), Files.size(snapshots.get(1)) / 2, 4);
            }
            Engine mine = engine;
            try (Engine again = other.open()) {
                engine = again;
                assertThat(state()).isEqualTo(before);
                assertThat(again.digest(Prefix.ALL).hash()).isEqualTo(digest);
                Receipt repeated = again.writeAsNode(
                        Transaction.of(new Mutation.Put(new Key("/t/op"), "2")).withOperationId("once"));
                assertThat(repeated.position().revision()).isLessThanOrEqualTo(mine.position().revision());
                assertThat(again.get(new Key("/t/op")).orElseThrow().text()).isEqualTo("1");
                assertThat(again.history(new Key("/t/tail"), 5)).extracting(HistoryEntry::outcome)
                        .containsExactly(HistoryEntry.Outcome.CURRENT);
            } finally {
                engine = mine;
            }
        }
    }

    @Test
    void aWatcherResumesOverARestartWithoutGapOrDuplicate() throws Exception {
        LogPosition start = engine.position();
        for (int i = 0; i < 300; i++) {
            put("/t/" + i, "v");
        }
        RecordingListener first = new RecordingListener();
        Watch watch = engine.watchAsNode(new Prefix("/t"), new WatchStart.After(start), first);
        first.awaitChanges(100);
        watch.close();
        LogPosition reached = watch.position();
        Set<String> seen = new HashSet<>();
        first.changes().forEach(change -> assertThat(seen.add(change.key().path())).isTrue());
        engine.close();
        engine = engines.open();
        RecordingListener second = new RecordingListener();
        put("/t/new", "v");
        try (Watch resumed = engine.watchAsNode(new Prefix("/t"), new WatchStart.After(reached), second)) {
            second.awaitChanges(301 - seen.size());
            List<Change> rest = new ArrayList<>(second.changes());
            rest.forEach(change -> assertThat(seen.add(change.key().path())).isTrue());
        }
        assertThat(seen).hasSize(301);
    }

    @Test
    void segmentsRollAndTheStoreIsTheSameOverThem() throws Exception {
        engine.close();
        engines.segmentBytes(64 * 1024);
        engine = engines.open();
        for (int i = 0; i < 400; i++) {
            put("/t/" + i, "x".repeat(1000));
        }
        try (Stream<Path> segments = Files.list(engines.directory().resolve("log"))) {
            assertThat(segments.count()).isGreaterThan(4);
        }
        Map<String, String> before = state();
        Path killed = copyAsIfKilled("killed");
        Engine mine = engine;
        try (TestEngines other = new TestEngines(killed).segmentBytes(64 * 1024); Engine again = other.open()) {
            engine = again;
            assertThat(state()).isEqualTo(before);
            assertThat(again.history(new Key("/t/3"), 3)).hasSize(1);
        } finally {
            engine = mine;
        }
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    private static void assertCode(StoreException.Code code, Callable<?> call) {
        assertThatThrownBy(call::call).isInstanceOfSatisfying(StoreException.class,
                e -> assertThat(e.code()).isEqualTo(code));
    }
}
