package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import lattice.api.store.CompactedException;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchStart;
import lattice.kernel.node.Verification;
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

    @Test
    void verifyNamesEachDamagedPlace() throws Exception {
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
