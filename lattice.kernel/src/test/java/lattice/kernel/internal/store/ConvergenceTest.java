package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** That nodes which hold the same commits have the same state, by the code that nodes run. */
final class ConvergenceTest {
    private static final long START = 1_900_000_000_000L;

    /** A node of the test: a store, and a wall clock that the test sets. */
    private static final class TestNode implements AutoCloseable {
        private final TestEngines engines;
        private final AtomicLong wall = new AtomicLong(START);
        private Engine engine;

        TestNode(Path home) throws Exception {
            engines = new TestEngines(home).wall(wall::get);
            engine = engines.open();
        }

        void write(Mutation... mutations) {
            engine.writeAsNode(Transaction.of(mutations));
        }

        List<SignedCommit> lackingIn(VersionVector known, int bytes) {
            return engine.replica().after(known, bytes);
        }

        void take(List<SignedCommit> commits) {
            assertThat(engine.replica().ingest(commits).toCompletableFuture().join()).isInstanceOf(IngestResult.Accepted.class);
        }

        void takeAllFrom(TestNode other, Random random) {
            while (!engine.replica().held().covers(other.engine.replica().held())) {
                take(other.lackingIn(engine.replica().held(), 1 + random.nextInt(2000)));
            }
        }

        /** Everything that must be equal, the mark of concurrency included; revisions are each node's own. */
        Map<String, String> state() {
            Map<String, String> state = new TreeMap<>();
            try (Stream<Entry> entries = engine.scan(Prefix.ALL, null)) {
                entries.forEach(entry -> state.put(entry.key().path(),
                        entry.text() + " " + entry.version() + " " + entry.concurrent()));
            }
            return state;
        }

        void restart(boolean rebuild) throws Exception {
            engine.close();
            if (rebuild) {
                Files.delete(engines.directory().resolve("view/CLEAN"));
            }
            engine = engines.open();
        }

        @Override
        public void close() {
            engine.close();
            engines.close();
        }
    }

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void anyInterleavingOfCommitsOfSeveralAuthorsGivesTheSameState(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Path home = Files.createTempDirectory("lattice-convergence-");
        List<TestNode> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                nodes.add(new TestNode(home.resolve("node" + i)));
            }
            for (int step = 0; step < 40; step++) {
                TestNode node = nodes.get(random.nextInt(nodes.size()));
                node.wall.addAndGet(random.nextInt(40) - 10);
                switch (random.nextInt(4)) {
                    case 0 -> node.take(nodes.get(random.nextInt(nodes.size()))
                            .lackingIn(node.engine.replica().held(), 1 + random.nextInt(600)));
                    case 1 -> node.write(new Mutation.Delete(key(random)));
                    default -> node.write(new Mutation.Put(key(random), "v" + step), new Mutation.Put(key(random), "w" + step));
                }
            }
            nodes.get(random.nextInt(nodes.size())).restart(random.nextBoolean());
            for (TestNode to : nodes) {
                for (TestNode from : nodes) {
                    to.takeAllFrom(from, random);
                }
            }
            for (TestNode node : nodes) {
                assertThat(node.state()).isEqualTo(nodes.get(0).state());
                assertThat(node.engine.digest(Prefix.ALL).hash()).isEqualTo(nodes.get(0).engine.digest(Prefix.ALL).hash());
                node.restart(true);
                assertThat(node.state()).isEqualTo(nodes.get(0).state());
            }
        } finally {
            nodes.forEach(TestNode::close);
            delete(home);
        }
    }

    private static Key key(Random random) {
        return new Key("/t/" + random.nextInt(6));
    }

    static void delete(Path home) throws Exception {
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
