package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.store.CompactedException;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Receipt;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FaultyFiles;
import lattice.kernel.internal.files.FaultyFiles.Fault;
import lattice.kernel.internal.files.StallingFiles;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.node.Verification;
import lattice.kernel.replication.IngestResult;
import lattice.testkit.RecordingListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class MaintenanceTest {
    @TempDir
    Path home;

    private TestEngines engines;
    private Engine engine;

    @BeforeEach
    void open() throws Exception {
        engines = new TestEngines(home).segmentBytes(64 * 1024).snapshotEveryBytes(1L << 40).keptLogBytes(128 * 1024);
        engine = engines.open();
    }

    @AfterEach
    void close() {
        engine.close();
        engines.close();
    }

    private void fillOneByOne(int from, int count) {
        for (int i = from; i < from + count; i++) {
            fill(i, 1);
        }
    }

    private void fill(int from, int count) {
        CompletableFuture<Receipt> last = null;
        for (int i = from; i < from + count; i++) {
            last = engine.submit(Actor.NODE, Transaction.of(new Mutation.Put(new Key("/t/" + i % 50), "x".repeat(1000) + i),
                    new Mutation.Put(new Key("/gone/" + i), "y"), new Mutation.Delete(new Key("/gone/" + i))));
            if (i % 20 == 0) {
                engine.await(last);
            }
        }
        engine.await(last);
    }

    private static long size(Path directory) throws Exception {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void underEndlessOverwritingTheDiskIsBoundedAndTheStateStays() throws Exception {
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/services/a/config"), "control")));
        LogPosition start = engine.position();
        long most = 0;
        for (int round = 0; round < 8; round++) {
            fill(round * 400, 400);
            engine.snapshot();
            most = Math.max(most, size(engines.directory().resolve("log")));
        }
        assertThat(most).isLessThan(2_000_000);
        try (Stream<Path> snapshots = Files.list(engines.directory().resolve("snapshots"))) {
            assertThat(snapshots).hasSize(2);
        }
        assertThatThrownBy(() -> engine.watchAsNode(new Prefix("/t"), new WatchStart.After(start), new RecordingListener()))
                .isInstanceOfSatisfying(CompactedException.class, e -> {
                    RecordingListener listener = new RecordingListener();
                    try (Watch watch = engine.watchAsNode(new Prefix("/t"),
                            new WatchStart.After(new LogPosition(start.logId(), e.oldestRevision())), listener)) {
                        assertThat(listener.awaitChanges(1)).isNotEmpty();
                    }
                });
        byte[] digest = engine.digest(Prefix.ALL).hash();
        assertThat(engine.digest(new Prefix("/gone")).count()).isZero();
        assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        engine = engines.open();
        assertThat(engine.digest(Prefix.ALL).hash()).isEqualTo(digest);
        assertThat(engine.digest(new Prefix("/t")).count()).isEqualTo(50);
    }

    private void reopen(TestEngines as) throws Exception {
        engine.close();
        engine = as.open();
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(engines.directory().resolve("log"))) {
            return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
        }
    }

    @Test
    void whatIsOlderThanTheRetentionIsDroppedThoughThereIsRoomForIt() throws Exception {
        reopen(engines.keptLogBytes(1L << 40).keptLogMillis(Duration.ofHours(1).toMillis()));
        LogPosition start = engine.position();
        fill(0, 400);
        engine.snapshot();
        fill(400, 20);
        engine.snapshot();
        List<Path> all = segments();
        assertThat(all).as("nothing is old").hasSizeGreaterThan(5);
        List<Path> old = all.subList(0, 3);
        for (Path segment : old) {
            Files.setLastModifiedTime(segment, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        }
        String state = digest();
        engine.compactIfDue();
        assertThat(segments()).as("only what is old goes").isEqualTo(all.subList(3, all.size()));
        assertThatThrownBy(() -> engine.watchAsNode(new Prefix("/t"), new WatchStart.After(start), new RecordingListener()))
                .isInstanceOf(CompactedException.class);
        engine.compactIfDue();
        assertThat(segments()).as("it is not done again without need").isEqualTo(all.subList(3, all.size()));
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        engine = engines.open();
        assertThat(digest()).isEqualTo(state);
    }

    @Test
    void anIdleStoreGivesUpWhatIsOlderThanTheRetentionToo() throws Exception {
        reopen(engines.keptLogBytes(1L << 40).keptLogMillis(Duration.ofHours(1).toMillis()));
        LogPosition start = engine.position();
        fill(0, 100);
        String state = digest();
        for (Path segment : segments()) {
            Files.setLastModifiedTime(segment, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        }
        engine.compactIfDue();
        assertThat(segments()).as("the last segment goes too").hasSize(1);
        assertThatThrownBy(() -> engine.watchAsNode(new Prefix("/t"), new WatchStart.After(start), new RecordingListener()))
                .isInstanceOf(CompactedException.class);
        List<Path> snapshots = snapshots();
        assertThat(snapshots).as("two of one revision").hasSize(2);
        engine.compactIfDue();
        assertThat(snapshots()).as("it is not done again without need").isEqualTo(snapshots);
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        Files.write(snapshots.get(1), new byte[100]);
        engine = engines.open();
        assertThat(digest()).as("made of the older snapshot").isEqualTo(state);
        fill(100, 20);
        state = digest();
        reopen(engines);
        assertThat(digest()).isEqualTo(state);
    }

    private void destroyView() throws IOException {
        Path view;
        try (Stream<Path> files = Files.list(engines.directory().resolve("view"))) {
            view = files.filter(file -> file.toString().endsWith(".db")).findFirst().orElseThrow();
        }
        try (RandomAccessFile file = new RandomAccessFile(view.toFile(), "rw")) {
            file.seek(1024);
            file.write(new byte[512 * 1024]);
        }
    }

    @Test
    void aSnapshotWaitsForAViewThatIsMadeAnew() throws Exception {
        fill(0, 100);
        String state = digest();
        destroyView();
        engine.snapshot();
        assertThat(engine.status().problem()).isEmpty();
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        engine = engines.open();
        assertThat(digest()).isEqualTo(state);
    }

    private List<Path> snapshots() throws IOException {
        try (Stream<Path> snapshots = Files.list(engines.directory().resolve("snapshots"))) {
            // Another may be on its way.
            return snapshots.filter(path -> path.toString().endsWith(".snap")).sorted().toList();
        }
    }

    private String digest() {
        return HexFormat.of().formatHex(engine.digest(Prefix.ALL).hash());
    }

    /** The keys whose deletions are in the view, as a snapshot of it shows. */
    private List<String> deletions() throws Exception {
        engine.snapshot();
        Path newest = snapshots().get(snapshots().size() - 1);
        List<String> deleted = new ArrayList<>();
        try (CellFile.Reader cells = new CellFile.Reader(new DiskFiles(), newest)) {
            while (cells.hasNext()) {
                CellFile.Encoded cell = cells.next();
                if (Cell.decode(cell.key(), cell.cell()).isDeletion()) {
                    deleted.add(new String(cell.key()));
                }
            }
        }
        return deleted;
    }

    private void delete(String key) {
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key(key), "x")));
        engine.writeAsNode(Transaction.of(new Mutation.Delete(new Key(key))));
    }

    @Test
    void deletionsAreForgottenOnceBothSnapshotsHoldThemAndNotBefore() throws Exception {
        delete("/a");
        assertThat(deletions()).containsExactly("/a");
        delete("/b");
        assertThat(deletions()).as("only one snapshot before held that of /a").containsExactly("/a", "/b");
        delete("/c");
        assertThat(deletions()).as("a start from the older snapshot would lack that of /b").containsExactly("/b", "/c");
        assertThat(deletions()).containsExactly("/c");
        assertThat(deletions()).isEmpty();
        delete("/a");
        assertThat(deletions()).containsExactly("/a");
    }

    @Test
    void aDeletionThatWasForgottenDoesNotBringItsValueBack() throws Exception {
        delete("/a");
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/b"), "b")));
        while (!deletions().isEmpty()) {
            engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/b"), "b")));
        }
        String state = digest();
        for (boolean clean : new boolean[] {true, false}) {
            engine.close();
            if (!clean) {
                Files.delete(engines.directory().resolve("view/CLEAN"));
            }
            engine = engines.open();
            assertThat(engine.get(new Key("/a"))).isEmpty();
            assertThat(digest()).isEqualTo(state);
        }
    }

    /** More than are looked at while the view stands still. */
    @Test
    void deletionsAreForgottenInALargeStoreToo() throws Exception {
        CompletableFuture<Receipt> last = null;
        for (int i = 0; i < 100; i++) {
            List<Mutation> mutations = new ArrayList<>();
            for (int k = 0; k < 1000; k++) {
                Key key = new Key("/t/" + i + "/" + k);
                mutations.add(k % 100 == 7 ? new Mutation.Delete(key) : new Mutation.Put(key, "v"));
            }
            last = engine.submit(Actor.NODE, Transaction.of(mutations.toArray(Mutation[]::new)));
        }
        engine.await(last);
        assertThat(deletions()).hasSize(1000);
        assertThat(deletions()).hasSize(1000);
        assertThat(deletions()).isEmpty();
        assertThat(engine.digest(new Prefix("/t")).count()).isEqualTo(99_000);
    }

    @Test
    void whereOthersWriteTooNothingIsGivenUpWithoutThemAndTheGrowthIsTold() throws Exception {
        reopen(engines.snapshotEveryBytes(64 * 1024));
        assertThat(engine.status().stateBytes()).isZero();
        try (TestEngines others = new TestEngines(home.resolve("other")); Engine other = others.open()) {
            other.writeAsNode(Transaction.of(new Mutation.Put(new Key("/t/other"), "x")));
            assertThat(engine.replica().ingest(other.replica().after(engine.replica().held(), 100_000)).toCompletableFuture()
                    .join()).isInstanceOf(IngestResult.Accepted.class);
        }
        delete("/a");
        for (int round = 0; engine.status().problem().isEmpty(); round++) {
            assertThat(round).isLessThan(20);
            fill(round * 400, 400);
            assertThat(deletions()).contains("/a");
        }
        assertThat(engine.status().problem().get()).contains("grows").contains("checkpoint");
        assertThat(engine.status().writable()).isTrue();
        assertThat(engine.status().stateBytes()).isPositive();
        assertThat(segments().get(0).getFileName().toString()).as("it is all there").contains("0000000000000000");
    }

    @Test
    void aSnapshotThatFailsIsToldUntilOneSucceeds() throws Exception {
        FaultyFiles files = new FaultyFiles();
        reopen(engines.files(files));
        fill(0, 20);
        files.set(Fault.SHORT_WRITE, path -> path.toString().contains("snapshots"));
        assertThatThrownBy(() -> engine.snapshot()).isInstanceOf(IOException.class);
        assertThat(engine.status().problem().orElseThrow()).contains("No snapshot of store test").contains("No space left");
        assertThat(engine.status().writable()).isTrue();
        files.set(Fault.NONE, path -> false);
        engine.snapshot();
        assertThat(engine.status().problem()).isEmpty();
    }

    /** A scrub takes its time. */
    @Test
    void snapshotsThatAreTakenMeanwhileAreNoDamage() throws Exception {
        StallingFiles files = new StallingFiles(
                file -> Thread.currentThread().getName().equals("verifying") && file.toString().endsWith(".snap"));
        reopen(engines.files(files));
        fill(0, 10);
        engine.snapshot();
        fill(10, 10);
        engine.snapshot();
        files.stall();
        CompletableFuture<Verification> verified = new CompletableFuture<>();
        Thread verifying = new Thread(() -> {
            try {
                verified.complete(engine.verify(Long.MAX_VALUE));
            } catch (IOException e) {
                verified.completeExceptionally(e);
            }
        }, "verifying");
        verifying.start();
        assertThat(files.awaitStalled()).isTrue();
        for (int i = 2; i < 4; i++) {
            fill(10 * i, 10);
            engine.snapshot();
        }
        files.goOn();
        assertThat(verified.get(60, TimeUnit.SECONDS).damages()).isEmpty();
    }

    @Test
    void verifyNamesEachDamagedPlace() throws Exception {
        reopen(engines.keptLogBytes(1L << 40));
        fill(0, 100);
        engine.snapshot();
        fill(100, 100);
        Verification sound = engine.verify(Long.MAX_VALUE);
        assertThat(sound.damages()).isEmpty();
        assertThat(sound.records()).isPositive();
        assertThat(sound.values()).isPositive();
        Path segment;
        try (Stream<Path> segments = Files.list(engines.directory().resolve("log"))) {
            segment = segments.sorted().findFirst().orElseThrow();
        }
        Path snapshot;
        try (Stream<Path> snapshots = Files.list(engines.directory().resolve("snapshots"))) {
            snapshot = snapshots.findFirst().orElseThrow();
        }
        for (Path file : new Path[] {segment, snapshot}) {
            try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                open.seek(open.length() / 2);
                int before = open.read();
                open.seek(open.length() / 2);
                open.write(before ^ 1);
            }
        }
        Verification found = engine.verify(Long.MAX_VALUE);
        assertThat(found.damages()).extracting(Verification.DamagedPlace::file).containsExactlyInAnyOrder(segment, snapshot);
        assertThat(found.damages()).filteredOn(damage -> damage.file().equals(segment)).allSatisfy(damage -> {
            assertThat(damage.offset()).isLessThanOrEqualTo(Files.size(segment) / 2);
            assertThat(damage.offset() + damage.bytes()).isGreaterThan(Files.size(segment) / 2);
        });
        assertThat(found.damages()).as("what the view holds is saved in a snapshot").allMatch(Verification.DamagedPlace::repaired);
        assertThat(engine.status().problem()).isEmpty();
        assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
        byte[] digest = engine.digest(Prefix.ALL).hash();
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        engine = engines.open();
        assertThat(engine.status().problem()).isEmpty();
        assertThat(engine.digest(Prefix.ALL).hash()).isEqualTo(digest);
        // Who watches over the gap is told where to go on.
        RecordingListener listener = new RecordingListener();
        try (Watch watch = engine.watchAsNode(new Prefix("/t"), new WatchStart.After(
                new LogPosition(engine.position().logId(), 0)), listener)) {
            assertThat(listener.awaitEnd()).isInstanceOfSatisfying(WatchEnd.Failed.class,
                    end -> assertThat(end.cause()).isInstanceOf(CompactedException.class));
        }
    }

    /** Neither reading nor writing helps there, so that what is sound goes to another place on the disk. */
    @Test
    void aSectorOfTheLogThatWentBadIsAPlaceBehindWhichReadingGoesOn() throws Exception {
        FaultyFiles files = new FaultyFiles();
        reopen(engines.files(files).keptLogBytes(1L << 40));
        fillOneByOne(0, 200);
        long records = engine.verify(Long.MAX_VALUE).records();
        List<Path> segments = segments();
        assertThat(segments).hasSizeGreaterThan(2);
        List<Path> spoilt = List.of(segments.get(0), segments.get(segments.size() - 1));
        for (Path segment : spoilt) {
            files.spoil(segment, 10_000);
        }
        Verification found = engine.verify(Long.MAX_VALUE);
        assertThat(found.damages()).extracting(Verification.DamagedPlace::file).containsExactlyElementsOf(spoilt);
        assertThat(found.damages()).allSatisfy(damage -> {
            assertThat(damage.what()).contains("can't read");
            assertThat(damage.offset()).isLessThanOrEqualTo(10_000);
            assertThat(damage.offset() + damage.bytes()).isGreaterThan(10_000).isLessThan(40_000);
            assertThat(damage.repaired()).isTrue();
        });
        assertThat(found.records()).isGreaterThanOrEqualTo(records - 12);
        assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
        assertThat(engine.status().problem()).isEmpty();
        fill(200, 100);
        byte[] digest = engine.digest(Prefix.ALL).hash();
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        engine = engines.open();
        assertThat(engine.digest(Prefix.ALL).hash()).isEqualTo(digest);
        assertThat(engine.status().problem()).isEmpty();
    }

    @Test
    void whatWasReadNotLongAgoIsNotReadAgainThoughTheNodeWasRestarted() throws Exception {
        Duration day = Duration.ofDays(1);
        assertThat(engine.isVerificationDue(day)).as("it never was").isTrue();
        engine.verify(Long.MAX_VALUE);
        reopen(engines);
        assertThat(engine.isVerificationDue(day)).isFalse();
        assertThat(engine.isVerificationDue(Duration.ZERO)).isTrue();
        engine.close();
        Path verified = engines.directory().resolve("verified");
        Files.writeString(verified, Files.readString(verified).replaceFirst("\n\\d+", "\n3000"));
        engine = engines.open();
        assertThat(engine.lastVerification().orElseThrow().at()).isAfter(Instant.now());
        assertThat(engine.isVerificationDue(day)).as("a clock was wrong").isTrue();
    }

    @Test
    void aSectorOfTheLogThatCantBeGivenUpStaysAProblem() throws Exception {
        FaultyFiles files = new FaultyFiles();
        reopen(engines.files(files).keptLogBytes(1L << 40));
        fill(0, 200);
        Path segment = segments().get(0);
        files.spoil(segment, 10_000);
        files.set(Fault.READ_ONLY, file -> file.startsWith(segment.getParent()));
        assertThat(engine.verify(Long.MAX_VALUE).damages()).singleElement().satisfies(damage -> {
            assertThat(damage.file()).isEqualTo(segment);
            assertThat(damage.repaired()).isFalse();
        });
        assertThat(engine.status().problem()).hasValueSatisfying(problem -> assertThat(problem).contains(segment.toString()));
        Verification found = engine.lastVerification().orElseThrow();
        files.set(Fault.NONE, file -> true);
        reopen(engines);
        assertThat(engine.lastVerification()).as("a restart mends nothing").contains(found);
        assertThat(engine.status().problem()).hasValueSatisfying(problem -> assertThat(problem).contains(segment.toString()));
        files.set(Fault.NONE, file -> true);
        assertThat(engine.verify(Long.MAX_VALUE).damages()).allMatch(Verification.DamagedPlace::repaired);
        assertThat(engine.status().problem()).isEmpty();
    }

    @Test
    void aStoreOpensThoughASectorOfItsLogWentBadAndSaysWhatItLost() throws Exception {
        FaultyFiles files = new FaultyFiles();
        reopen(engines.files(files).keptLogBytes(1L << 40));
        fill(0, 200);
        engine.close();
        Files.delete(engines.directory().resolve("view/CLEAN"));
        Path segment = segments().get(0);
        files.spoil(segment, 10_000);
        engine = engines.open();
        assertThat(engine.status().writable()).isTrue();
        assertThat(engine.status().problem().orElseThrow()).contains(segment + " at byte ", "restoring a backup", "--accept-loss");
        assertThat(engine.get(new Key("/t/49")).orElseThrow().text()).endsWith("x199");
        fill(200, 1);
        assertThat(engine.verify(Long.MAX_VALUE).damages()).allMatch(Verification.DamagedPlace::repaired);
        assertThat(engine.isDamaged()).isFalse();
        assertThat(engine.acceptLosses()).isTrue();
        assertThat(engine.status().problem()).isEmpty();
    }

    @Test
    void aViewThatIsDamagedWithTheLogThatItWasMadeOfIsMadeOfWhatIsSoundAtTheNextStart() throws Exception {
        FaultyFiles files = new FaultyFiles();
        reopen(engines.files(files).keptLogBytes(1L << 40).snapshotEveryBytes(1L << 40));
        fill(0, 200);
        assertThat(engine.digest(Prefix.ALL).count()).isPositive();
        files.spoil(segments().get(0), 10_000);
        destroyView();
        assertThatThrownBy(() -> engine.digest(Prefix.ALL)).isInstanceOf(StoreException.class);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!engine.status().problem().orElse("").contains("Restart the node")) {
            assertThat(System.nanoTime()).as(() -> engine.status().problem().toString()).isLessThan(deadline);
            Thread.sleep(5);
        }
        engine.close();
        engine = engines.open();
        assertThat(engine.get(new Key("/t/49")).orElseThrow().text()).endsWith("x199");
        assertThat(engine.status().problem().orElseThrow()).contains(" at byte ", "restoring a backup", "--accept-loss");
    }

    /** Somebody took the file away: what it held is said to be damaged, and what comes behind it is read. */
    @Test
    void aSegmentThatIsGoneIsAPlaceBehindWhichReadingGoesOn() throws Exception {
        reopen(engines.keptLogBytes(1L << 40));
        fill(0, 200);
        long records = engine.verify(Long.MAX_VALUE).records();
        Path segment;
        try (Stream<Path> found = Files.list(engines.directory().resolve("log"))) {
            segment = found.sorted().skip(1).findFirst().orElseThrow();
        }
        Files.delete(segment);
        Verification found = engine.verify(Long.MAX_VALUE);
        assertThat(found.damages()).singleElement().satisfies(damage -> {
            assertThat(damage.file()).isEqualTo(segment);
            assertThat(damage.repaired()).isFalse();
        });
        assertThat(found.records()).isBetween(records / 3, records - 1);
        assertThat(engine.status().problem()).isPresent();
    }

    @Test
    void whoIsInterruptedWhileHeReadsFindsNoDamage() throws Exception {
        fill(0, 100);
        engine.snapshot();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> engine.verify(Long.MAX_VALUE)).isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
    }

    @Test
    void aViewThatTheDiskCantReadIsMadeAnewAtAStart() throws Exception {
        FaultyFiles files = new FaultyFiles();
        reopen(engines.files(files));
        fill(0, 100);
        byte[] digest = engine.digest(Prefix.ALL).hash();
        engine.close();
        Path view;
        try (Stream<Path> found = Files.list(engines.directory().resolve("view"))) {
            view = found.filter(file -> file.toString().endsWith(".db")).findFirst().orElseThrow();
        }
        files.spoil(view, Files.size(view) / 2);
        engine = engines.open();
        assertThat(files.hits()).isPositive();
        assertThat(engine.digest(Prefix.ALL).hash()).isEqualTo(digest);
        assertThat(engine.status().problem()).isEmpty();
    }

    @Test
    void equalStatesHaveEqualDigestsAndOthersDoNot() {
        byte[] empty = engine.digest(Prefix.ALL).hash();
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/a/b"), "1")));
        byte[] one = engine.digest(Prefix.ALL).hash();
        assertThat(one).isNotEqualTo(empty);
        engine.writeAsNode(Transaction.of(new Mutation.Put(new Key("/c"), "1")));
        assertThat(engine.digest(new Prefix("/a")).hash()).isEqualTo(one);
        engine.writeAsNode(Transaction.of(new Mutation.Delete(new Key("/a/b")), new Mutation.Delete(new Key("/c"))));
        assertThat(engine.digest(Prefix.ALL).hash()).isEqualTo(empty);
    }
}
