package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.id.StoreId;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.StoreException;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole kernels that hand each other their commits, without a network between them. */
class MeshValidityTest {
    @TempDir
    private Path homes;
    private final Map<String, Peer> peers = new LinkedHashMap<>();
    private StoreId mesh;

    private final class Peer {
        private final String name;
        private final Map<StoreId, Membership> memberships = new HashMap<>();
        private NodeKernel kernel;

        Peer(String name) throws IOException {
            this.name = name;
            start();
        }

        private void start() throws IOException {
            kernel = new NodeKernel(homes.resolve(name), WallClock.SYSTEM, new DiskFiles(), StateMachines.NONE,
                    new NodeKernel.StoreListener() {
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
                    });
            peers.put(name, this);
        }

        void restart() throws IOException {
            kernel.close();
            start();
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
            start();
        }

        Engine store() {
            return kernel.root().id().equals(mesh) ? kernel.root()
                    : kernel.joinedRoots().stream().filter(root -> root.id().equals(mesh)).findFirst().orElseThrow();
        }

        Membership members() {
            return memberships.get(mesh);
        }

        void put(String key, String value) {
            store().writeAsNode(Transaction.of(new Mutation.Put(new Key(key), value)));
        }

        String get(String key) {
            return store().get(new Key(key)).map(Entry::text).orElse("-");
        }

        String id() {
            return kernel.id().hex();
        }

        /** Takes what another has that it lacks. */
        void take(Peer from) {
            while (true) {
                List<SignedCommit> commits = from.store().replica().after(store().replica().held(), 100_000);
                if (commits.isEmpty()) {
                    return;
                }
                assertThat(store().replica().ingest(commits)).isInstanceOf(IngestResult.Accepted.class);
            }
        }

        byte[] digest() {
            // What is judged again is written down after the commit that causes it was answered for.
            store().replica().ingest(List.of());
            return store().digest(Prefix.ALL).hash();
        }
    }

    @AfterEach
    void close() {
        peers.values().forEach(peer -> peer.kernel.close());
    }

    private Peer found(String name) throws IOException {
        Peer founder = new Peer(name);
        mesh = founder.kernel.root().id();
        return founder;
    }

    private Peer join(Peer inviter, String name, Role role) throws IOException {
        Peer peer = new Peer(name);
        peer.kernel.join(mesh);
        inviter.members().grant(peer.kernel.id(), role, Optional.empty(), name, List.of());
        peer.take(inviter);
        return peer;
    }

    private static void awaitSame(Peer one, Peer other) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!Arrays.equals(one.digest(), other.digest())) {
            assertThat(System.nanoTime()).as("%s and %s are in one state", one.name, other.name).isLessThan(end);
            Thread.sleep(10);
        }
    }

    @Test
    void aNodeThatJoinsSeesAllAndWritesToo() throws Exception {
        Peer ann = found("ann");
        ann.put("/greeting", "hello");
        Peer ben = join(ann, "ben", Role.MEMBER);
        assertThat(ben.get("/greeting")).isEqualTo("hello");

        ben.put("/answer", "hi");
        ann.take(ben);
        assertThat(ann.get("/answer")).isEqualTo("hi");
        assertThat(ann.members().members()).extracting(Member::name).contains("ben");
        assertThat(ben.members().founder()).contains(ann.kernel.id());
        awaitSame(ann, ben);
    }

    @Test
    void nobodyWritesWhereItMayNot() throws Exception {
        Peer ann = found("ann");
        Peer ben = join(ann, "ben", Role.MEMBER);

        assertThatThrownBy(() -> ben.put("/services/x/config", "{}")).isInstanceOf(StoreException.class)
                .hasMessageContaining("no administrator");
        assertThatThrownBy(() -> ben.put("/peers/" + ben.id(), "grant admin\n")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> ben.put("/nodes/" + ann.id() + "/health", "ill")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> ben.members().grant(ben.kernel.id(), Role.ADMIN, Optional.empty(), "", List.of()))
                .hasMessageContaining("no administrator");
        assertThatThrownBy(() -> ben.members().revoke(ann.kernel.id())).isInstanceOf(StoreException.class);
        ben.put("/nodes/" + ben.id() + "/health", "well");
        assertThat(ben.get("/nodes/" + ben.id() + "/health")).isEqualTo("well");
    }

    @Test
    void aStrangersCommitsNeverShow() throws Exception {
        Peer ann = found("ann");
        Peer eve = new Peer("eve");
        eve.kernel.join(mesh);
        eve.take(ann);

        assertThatThrownBy(() -> eve.put("/x", "1")).hasMessageContaining("not a member");
        assertThat(ann.members().isMember(eve.kernel.id())).isFalse();
    }

    /** Two nodes hear of a revocation before and after the commits that it cuts off; both end in one state. */
    @Test
    void aRevocationCountsWheneverItArrives() throws Exception {
        Peer ann = found("ann");
        Peer ben = join(ann, "ben", Role.ADMIN);
        Peer cleo = join(ann, "cleo", Role.MEMBER);
        ben.take(ann);
        cleo.put("/shared", "by Cleo");
        ann.take(cleo);
        ben.take(cleo);
        ben.put("/shared", "by Ben, in time");
        ben.put("/kept", "1");
        ann.take(ben);
        cleo.take(ben);
        BlockingQueue<Change> seen = new LinkedBlockingQueue<>();
        cleo.store().watchAsNode(new Prefix("/shared"), new WatchStart.Now(), new WatchListener() {
            @Override
            public void changed(Changes changes) {
                seen.addAll(changes.changes());
            }

            @Override
            public void ended(WatchEnd end) {
                assertThat(end).isInstanceOf(WatchEnd.Closed.class);
            }
        });

        ann.members().revoke(ben.kernel.id());
        // Ben does not know yet, and goes on; Cleo hears it from him before she hears of the revocation.
        ben.put("/shared", "by Ben, too late");
        ben.put("/services/evil/config", "{}");
        ben.put("/late", "1");
        cleo.take(ben);
        assertThat(cleo.get("/shared")).isEqualTo("by Ben, too late");
        ann.take(cleo);
        assertThat(ann.get("/shared")).isEqualTo("by Ben, in time");
        cleo.take(ann);
        ben.take(ann);

        awaitSame(ann, cleo);
        awaitSame(ann, ben);
        assertThat(cleo.get("/shared")).isEqualTo("by Ben, in time");
        assertThat(cleo.get("/kept")).isEqualTo("1");
        assertThat(cleo.get("/late")).isEqualTo("-");
        assertThat(cleo.get("/services/evil/config")).isEqualTo("-");
        assertThat(((Change.Updated) seen.poll(5, TimeUnit.SECONDS)).entry().text()).isEqualTo("by Ben, too late");
        assertThat(((Change.Updated) seen.poll(5, TimeUnit.SECONDS)).entry().text()).isEqualTo("by Ben, in time");
        assertThatThrownBy(() -> ben.put("/more", "1")).hasMessageContaining("not a member");

        cleo.restart();
        ann.restart();
        awaitSame(ann, cleo);
        cleo.restartFromLog(false);
        ann.take(cleo);
        awaitSame(ann, cleo);
        cleo.restartFromLog(true);
        ann.take(cleo);
        awaitSame(ann, cleo);
        assertThat(cleo.get("/late")).isEqualTo("-");
        assertThat(cleo.get("/shared")).isEqualTo("by Ben, in time");
        assertThat(cleo.members().isMember(ben.kernel.id())).isFalse();
    }

    @Test
    void whoWasRevokedComesBackOnlyByANewGrant() throws Exception {
        Peer ann = found("ann");
        Peer ben = join(ann, "ben", Role.MEMBER);
        ben.put("/one", "1");
        ann.take(ben);
        ann.members().revoke(ben.kernel.id());
        ben.put("/two", "2");
        ann.take(ben);
        assertThat(ann.get("/two")).isEqualTo("-");

        ann.members().grant(ben.kernel.id(), Role.MEMBER, Optional.empty(), "ben", List.of());
        ben.take(ann);
        ben.put("/three", "3");
        ann.take(ben);
        awaitSame(ann, ben);
        assertThat(ann.get("/one") + ann.get("/two") + ann.get("/three")).isEqualTo("1-3");
    }

    @Test
    void aNodeLeaves() throws Exception {
        Peer ann = found("ann");
        Peer ben = join(ann, "ben", Role.ADMIN);
        ben.put("/x", "1");
        ben.members().leave();
        ann.take(ben);

        assertThat(ann.members().isMember(ben.kernel.id())).isFalse();
        assertThat(ann.get("/x")).isEqualTo("1");
        assertThatThrownBy(() -> ann.members().leave()).hasMessageContaining("founded");
    }

    @Test
    void membershipSurvivesARestart() throws Exception {
        Peer ann = found("ann");
        Peer ben = join(ann, "ben", Role.MEMBER);
        ben.members().announce(List.of("10.0.0.2:7473"));
        ann.take(ben);
        ann.restart();
        ben.restart();

        assertThat(ann.members().member(ben.kernel.id()).orElseThrow().addresses()).containsExactly("10.0.0.2:7473");
        ben.put("/y", "2");
        ann.take(ben);
        assertThat(ann.get("/y")).isEqualTo("2");
    }

    /** Five nodes write, grant and revoke, and meet at random; in the end all have met: one state. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverTheOrderOfMeetingAllEndInOneState(long seed) throws Exception {
        Random random = new Random(seed);
        Peer ann = found("ann");
        List<Peer> all = new ArrayList<>(List.of(ann));
        for (String name : List.of("ben", "cleo", "dora", "emil")) {
            all.add(join(ann, name, random.nextBoolean() ? Role.ADMIN : Role.MEMBER));
        }
        for (int step = 0; step < 120; step++) {
            Peer one = all.get(random.nextInt(all.size()));
            Peer other = all.get(random.nextInt(all.size()));
            try {
                switch (random.nextInt(8)) {
                    case 0 -> one.members().revoke(other.kernel.id());
                    case 1 -> one.members().grant(other.kernel.id(), random.nextBoolean() ? Role.ADMIN : Role.MEMBER,
                            Optional.empty(), other.name, List.of());
                    case 2 -> one.put("/services/s" + random.nextInt(3) + "/config", "{\"step\":" + step + "}");
                    case 3, 4 -> one.put("/k" + random.nextInt(6), one.name + step);
                    default -> {
                        if (one != other) {
                            one.take(other);
                        }
                    }
                }
            } catch (StoreException e) {
                assertThat(e.code()).as("seed %d, step %d: %s", seed, step, e.getMessage())
                        .isEqualTo(StoreException.Code.DENIED);
            }
        }
        for (int round = 0; round < 2; round++) {
            for (Peer one : all) {
                for (Peer other : all) {
                    if (one != other) {
                        one.take(other);
                    }
                }
            }
        }
        for (Peer one : all) {
            awaitSame(ann, one);
            assertThat(one.members().members().stream().map(member -> member.node() + " " + member.present() + member.role()))
                    .as("seed %d", seed).containsExactlyElementsOf(ann.members().members().stream()
                            .map(member -> member.node() + " " + member.present() + member.role()).toList());
        }
    }
}
