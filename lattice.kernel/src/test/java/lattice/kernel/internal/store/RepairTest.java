package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** That what one node's log has lost to damage comes back from another node's copy. */
final class RepairTest {
    private static final int HEAD_BYTES = 8192;

    /** A node of the test. */
    private static final class TestNode implements AutoCloseable {
        private final TestEngines engines;
        private Engine engine;

        TestNode(Path home) throws Exception {
            engines = new TestEngines(home).segmentBytes(16 * 1024);
            engine = engines.open();
        }

        void write(Random random, int count) {
            for (int i = 0; i < count; i++) {
                Key key = new Key("/t/" + random.nextInt(30));
                engine.writeAsNode(Transaction.of(random.nextInt(5) == 0 ? new Mutation.Delete(key)
                        : new Mutation.Put(key, "x".repeat(random.nextInt(200)) + i)));
            }
        }

        void takeAllFrom(TestNode other) {
            for (int round = 0; round < 100 && !engine.replica().held().covers(other.engine.replica().held()); round++) {
                List<SignedCommit> commits = other.engine.replica().after(engine.replica().held(), 4000);
                assertThat(engine.replica().ingest(commits).toCompletableFuture().join()).isInstanceOf(IngestResult.Accepted.class);
            }
            assertThat(engine.replica().held().covers(other.engine.replica().held())).isTrue();
        }

        byte[] digest() {
            return engine.digest(Prefix.ALL).hash();
        }

        /** Damages the log while the store is closed, and has it be read again. */
        int damage(Random random) throws Exception {
            engine.close();
            Files.delete(engines.directory().resolve("view/CLEAN"));
            List<Path> segments;
            try (Stream<Path> found = Files.list(engines.directory().resolve("log"))) {
                segments = found.sorted().toList();
            }
            // What comes behind a place proves that it was durable, so the last segment is left alone.
            int places = 1 + random.nextInt(3);
            for (int i = 0; i < places; i++) {
                Path segment = segments.get(random.nextInt(segments.size() - 1));
                if (!Files.exists(segment)) {
                    continue;
                }
                switch (random.nextInt(4)) {
                    case 0 -> damage(segment, HEAD_BYTES + random.nextInt((int) Files.size(segment) - HEAD_BYTES), 1, random);
                    case 1 -> damage(segment, random.nextInt((int) Files.size(segment) - 3000), 3000, random);
                    case 2 -> damage(segment, 0, HEAD_BYTES, random);
                    default -> {
                        if (!segment.equals(segments.get(0))) {
                            Files.delete(segment);
                        }
                    }
                }
            }
            engine = engines.open();
            return places;
        }

        private static void damage(Path file, int at, int bytes, Random random) throws Exception {
            try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                for (int i = at; i < at + bytes; i++) {
                    open.seek(i);
                    int before = open.read();
                    open.seek(i);
                    open.write(before ^ 1 + random.nextInt(255));
                }
            }
        }

        void reopen(boolean clean) throws Exception {
            engine.close();
            if (!clean) {
                Files.deleteIfExists(engines.directory().resolve("view/CLEAN"));
            }
            engine = engines.open();
        }

        @Override
        public void close() {
            engine.close();
            engines.close();
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    @Property(tries = 12, shrinking = ShrinkingMode.OFF)
    void whatIsLostHereAndHeldElsewhereComesBack(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Path home = Files.createTempDirectory("lattice-repair-");
        List<TestNode> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                nodes.add(new TestNode(home.resolve("node" + i)));
            }
            TestNode one = nodes.get(0);
            TestNode other = nodes.get(1);
            for (int round = 0; round < 6; round++) {
                one.write(random, 20);
                other.write(random, 20);
                one.takeAllFrom(other);
                other.takeAllFrom(one);
            }
            byte[] whole = one.digest();
            assertThat(other.digest()).isEqualTo(whole);

            one.damage(random);
            boolean lost = one.engine.status().problem().isPresent();
            assertThat(one.engine.status().writable()).isTrue();
            // The log is mended by itself; what it held is still missing.
            await(() -> !one.engine.isDamaged());
            one.write(random, 3);
            one.takeAllFrom(other);
            other.takeAllFrom(one);
            assertThat(one.digest()).as("lost something: %s", lost).isEqualTo(other.digest());
            one.reopen(random.nextBoolean());
            other.write(random, 3);
            one.write(random, 3);
            one.takeAllFrom(other);
            other.takeAllFrom(one);
            assertThat(one.digest()).isEqualTo(other.digest());
            assertThat(one.engine.verify(Long.MAX_VALUE).damages()).isEmpty();

            // A third node gets all there is from the one that was damaged.
            nodes.add(new TestNode(home.resolve("node2")));
            nodes.get(2).takeAllFrom(one);
            assertThat(nodes.get(2).digest()).isEqualTo(one.digest());
            one.engine.acceptLosses();
            assertThat(one.engine.status().problem()).isEmpty();
        } finally {
            nodes.forEach(TestNode::close);
            ConvergenceTest.delete(home);
        }
    }
}
