package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.EngineSettings;
import lattice.kernel.internal.store.StateMachines;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whole kernels that hand each other their commits, without a network between them; after each test they are closed and gone. */
final class Peers implements BeforeEachCallback, AfterEachCallback {
    private final CheckpointPolicy policy = CheckpointPolicy.DEFAULT;
    /** Each write is later than the one before it, whoever writes: several of one millisecond would be ordered by their authors. */
    private final AtomicLong ticks = new AtomicLong();
    private final Map<String, Peer> peers = new LinkedHashMap<>();
    private Path homes;
    private StoreId mesh;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        homes = Files.createTempDirectory("lattice-peers-");
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        peers.values().forEach(peer -> peer.kernel.close());
        try (Stream<Path> files = Files.walk(homes)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Where a node of that name is. */
    Path home(String name) {
        return homes.resolve(name);
    }

    StoreId mesh() {
        return mesh;
    }

    final class Peer {
        private final String name;
        private final Map<StoreId, Membership> memberships = new HashMap<>();
        private NodeKernel kernel;
        private long shift;

        private Peer(String name) throws IOException {
            this.name = name;
            begin();
        }

        void begin() throws IOException {
            kernel = new NodeKernel(homes.resolve(name), () -> System.currentTimeMillis() + ticks.get() + shift,
                    new DiskFiles(), StateMachines.NONE, new NodeKernel.StoreListener() {
                        @Override
                        public void opened(Engine store) {
                            assertThat(store.name()).isNotBlank();
                        }

                        @Override
                        public void founded(Engine root, Membership membership) {
                            memberships.put(root.id(), membership);
                        }

                        @Override
                        public void closing(Engine store) {
                            memberships.remove(store.id());
                        }
                    }, EngineSettings.Limits.DEFAULT, policy);
            peers.put(name, this);
        }

        void restart() throws IOException {
            kernel.close();
            begin();
        }

        /** As after a kill: the state is made anew from the log, with a snapshot of it or without. */
        void restartFromLog(boolean snapshot) throws IOException {
            if (snapshot) {
                store().snapshot();
            }
            put("/restarted", name);
            kernel.close();
            try (Stream<Path> files = Files.walk(homes.resolve(name))) {
                for (Path marker : files.filter(file -> file.getFileName().toString().equals("CLEAN")).toList()) {
                    Files.delete(marker);
                }
            }
            begin();
        }

        Engine store() {
            return kernel.root().id().equals(mesh) ? kernel.root()
                    : kernel.joinedRoots().stream().filter(root -> root.id().equals(mesh)).findFirst().orElseThrow();
        }

        Membership members() {
            return memberships.get(mesh);
        }

        void put(String key, String value) {
            ticks.incrementAndGet();
            store().writeAsNode(Transaction.of(new Mutation.Put(new Key(key), value)));
        }

        void delete(String key) {
            ticks.incrementAndGet();
            store().writeAsNode(Transaction.of(new Mutation.Delete(new Key(key))));
        }

        /** Whether the newest snapshot holds that a key was deleted. */
        boolean holdsDeletionOf(String key) throws Exception {
            Path newest;
            try (Stream<Path> snapshots = Files.list(homes.resolve(name).resolve("stores").resolve(mesh.hex())
                    .resolve("snapshots"))) {
                newest = snapshots.filter(path -> path.toString().endsWith(".snap")).max(Path::compareTo).orElseThrow();
            }
            try (CellFile.Reader cells = new CellFile.Reader(new DiskFiles(), newest)) {
                while (cells.hasNext()) {
                    CellFile.Encoded cell = cells.next();
                    if (new String(cell.key(), StandardCharsets.UTF_8).equals(key)) {
                        return Cell.decode(cell.key(), cell.cell()).isDeletion();
                    }
                }
            }
            return false;
        }

        String get(String key) {
            return store().get(new Key(key)).map(Entry::text).orElse("-");
        }

        void stop() {
            kernel.close();
        }

        /** The last commit of this node, signed. */
        SignedCommit lastOwn() {
            VersionVector held = store().replica().held();
            Map<Author, Long> before = new HashMap<>(held.upTo());
            Author self = before.keySet().stream().filter(author -> author.node().equals(id())).findFirst().orElseThrow();
            before.merge(self, -1L, Long::sum);
            return store().replica().after(new VersionVector(before), 1).get(0);
        }

        /** Takes what another has that it lacks, but for one node's commits. */
        void takeBut(Peer from, NodeId node) {
            Map<Author, Long> known = new HashMap<>(store().replica().held().upTo());
            known.replaceAll((author, sequence) -> author.node().equals(node) ? Long.MAX_VALUE - 1 : sequence);
            List<SignedCommit> commits = from.store().replica().after(new VersionVector(known), 1_000_000);
            assertThat(store().replica().ingest(commits).toCompletableFuture().join()).isInstanceOf(IngestResult.Accepted.class);
        }

        NodeKernel kernel() {
            return kernel;
        }

        String name() {
            return name;
        }

        NodeId id() {
            return kernel.id();
        }

        String hex() {
            return kernel.id().hex();
        }

        Engine child(String store) {
            return kernel.storesOf(store()).stream()
                    .filter(engine -> engine.name().equals(store) || engine.name().endsWith("." + store)).findFirst()
                    .orElseThrow();
        }

        /** Sets this node's clock forward, or back to the time that is. */
        void shift(long millis) {
            shift = millis;
        }

        /** Takes what another has that it lacks. */
        void take(Peer from) {
            exchange(from.store(), store());
        }

        private String state() {
            try (Stream<Entry> entries = store().scan(Prefix.ALL, null)) {
                return entries.map(entry -> entry.key() + "=" + entry.text().lines().findFirst().orElse("") + " "
                        + entry.version()).toList().toString();
            }
        }

        byte[] digest() {
            // What is judged again is written down after the commit that causes it was answered for.
            store().replica().ingest(List.of()).toCompletableFuture().join();
            return store().digest(Prefix.ALL).hash();
        }
    }

    /** Copies the home of a node that is stopped. */
    void copy(String name, String to) throws IOException {
        try (Stream<Path> files = Files.walk(homes.resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, homes.resolve(to).resolve(homes.resolve(name).relativize(file)));
            }
        }
    }

    /** The only file in a directory of a node's root store. */
    Path only(String name, String directory) throws IOException {
        try (Stream<Path> files = Files.list(homes.resolve(name).resolve("stores").resolve(mesh.hex()).resolve(directory))) {
            List<Path> found = files.toList();
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    /** Has a node run twice from here on, without either of them noticing: each home bears the stamp by which a node would. */
    Peer twin(Peer of) throws IOException {
        of.stop();
        copy(of.name, "twin");
        of.begin();
        new HomeStamp(new DiskFiles(), homes.resolve("twin")).renew();
        return new Peer("twin");
    }

    /** A node that is not in the mesh. */
    Peer start(String name) throws IOException {
        return new Peer(name);
    }

    Peer found(String name) throws IOException {
        Peer founder = new Peer(name);
        mesh = founder.kernel.root().id();
        return founder;
    }

    Peer join(Peer inviter, String name, Role role) throws IOException {
        Peer peer = new Peer(name);
        peer.kernel.join(mesh);
        inviter.members().grant(peer.kernel.id(), role, Optional.empty(), name, List.of());
        peer.take(inviter);
        return peer;
    }

    static void awaitSame(Peer one, Peer other) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!Arrays.equals(one.digest(), other.digest())) {
            assertThat(System.nanoTime()).as("%s and %s are in one state:%n%s%n%s", one.name, other.name, one.state(),
                    other.state()).isLessThan(end);
            Thread.sleep(10);
        }
    }

    static void awaitThat(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it happens").isLessThan(end);
            Thread.sleep(10);
        }
    }

    /** Has a store take what another one has that it lacks; where an author's histories part, all that the other has of it. */
    static void exchange(Engine from, Engine to) {
        compare(from, to);
        Map<Author, Long> known = new HashMap<>(to.replica().held().upTo());
        for (int round = 0; round < 100; round++) {
            List<SignedCommit> commits = from.replica().after(new VersionVector(known), 100_000);
            if (commits.isEmpty()) {
                return;
            }
            IngestResult result = to.replica().ingest(commits).toCompletableFuture().join();
            known.putAll(to.replica().held().upTo());
            if (result instanceof IngestResult.Parted parted) {
                assertThat(to.replica().ingest(ofOne(from, parted.author())).toCompletableFuture().join())
                        .isInstanceOf(IngestResult.Forked.class);
                known.put(parted.author(), Long.MAX_VALUE - 1);
            } else if (result instanceof IngestResult.Postponed) {
                return;
            } else if (result instanceof IngestResult.Forked fork) {
                known.put(fork.author(), Long.MAX_VALUE - 1);
            } else {
                assertThat(result).isInstanceOf(IngestResult.Accepted.class);
            }
        }
        throw new AssertionError("It has no end.");
    }

    /** As nodes do that hold as many of an author's commits, but others. */
    private static void compare(Engine from, Engine to) {
        from.replica().held().upTo().forEach((author, upTo) -> {
            boolean same = to.replica().held().of(author) != upTo
                    || Arrays.equals(from.replica().head(author).orElseThrow().hash(), to.replica().head(author).orElseThrow().hash());
            if (!same) {
                assertThat(to.replica().ingest(ofOne(from, author)).toCompletableFuture().join())
                        .isInstanceOf(IngestResult.Forked.class);
            }
        });
    }

    private static List<SignedCommit> ofOne(Engine from, Author author) {
        Map<Author, Long> others = new HashMap<>(from.replica().held().upTo());
        others.put(author, 0L);
        return from.replica().after(new VersionVector(others), 100_000_000);
    }
}
