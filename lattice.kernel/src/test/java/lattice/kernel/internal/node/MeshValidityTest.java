package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lattice.api.store.Author;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.Key;
import lattice.api.store.StoreException;
import lattice.api.store.Prefix;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Role;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.IngestResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole kernels that hand each other their commits, without a network between them. */
class MeshValidityTest {
    @RegisterExtension
    final Peers peers = new Peers();

    @Test
    void aNodeThatJoinsSeesAllAndWritesToo() throws Exception {
        Peers.Peer ann = peers.found("ann");
        ann.put("/greeting", "hello");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        assertThat(ben.get("/greeting")).isEqualTo("hello");

        ben.put("/answer", "hi");
        ann.take(ben);
        assertThat(ann.get("/answer")).isEqualTo("hi");
        assertThat(ann.members().members()).extracting(Member::name).contains("ben");
        assertThat(ben.members().founder()).contains(ann.id());
        Peers.awaitSame(ann, ben);
    }

    @Test
    void nobodyWritesWhereItMayNot() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);

        assertThatThrownBy(() -> ben.put("/services/x/config", "{}")).isInstanceOf(StoreException.class)
                .hasMessageContaining("no administrator");
        assertThatThrownBy(() -> ben.put("/peers/" + ben.hex(), "grant admin\n")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> ben.put("/nodes/" + ann.hex() + "/health", "ill")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> ben.members().grant(ben.id(), Role.ADMIN, Optional.empty(), "", List.of()))
                .hasMessageContaining("no administrator");
        assertThatThrownBy(() -> ben.members().revoke(ann.id(), false)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> ben.members().demote(ann.id())).isInstanceOf(StoreException.class);
        ben.put("/nodes/" + ben.hex() + "/health", "well");
        assertThat(ben.get("/nodes/" + ben.hex() + "/health")).isEqualTo("well");
    }

    /** Each change of a role reaches one node before what was written meanwhile, and another one after it. */
    @Test
    void aRoleCountsFromWhereItWasGivenAndUpToWhereItWasTakenBack() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        Optional<Instant> since = ann.members().member(ben.id()).orElseThrow().since();
        ann.members().grant(ben.id(), Role.ADMIN, Optional.empty(), "ben", List.of());
        assertThat(ann.members().member(ben.id()).orElseThrow().since()).as("when he was let in").isPresent().isEqualTo(since);
        assertThatThrownBy(() -> ben.put("/services/x/config", "{}")).as("he has not heard of it")
                .hasMessageContaining("no administrator");
        ben.take(ann);
        ben.put("/services/x/config", "{}");
        assertThatThrownBy(() -> ben.members().demote(ann.id())).hasMessageContaining("founded");
        assertThatThrownBy(() -> ben.members().demote(ben.id())).isInstanceOf(StoreException.class);
        cleo.take(ben);
        assertThat(cleo.get("/services/x/config")).isEqualTo("{}");
        ann.take(ben);

        assertThatThrownBy(() -> ann.members().demote(cleo.id())).hasMessageContaining("no administrator");
        ann.members().demote(ben.id());
        assertThatThrownBy(() -> ann.members().demote(ben.id())).hasMessageContaining("no administrator");
        ben.put("/services/y/config", "{}");
        ben.put("/notes", "of a member");
        cleo.take(ben);
        assertThat(cleo.get("/services/y/config")).as("she has not heard of it").isEqualTo("{}");
        cleo.take(ann);
        ann.take(ben);
        ben.take(ann);
        Peers.awaitSame(ann, cleo);
        Peers.awaitSame(ann, ben);
        for (Peers.Peer each : List.of(ann, ben, cleo)) {
            assertThat(each.get("/services/x/config")).as("what he declared as an administrator").isEqualTo("{}");
            assertThat(each.get("/services/y/config")).as("what he declared behind it").isEqualTo("-");
            assertThat(each.get("/notes")).isEqualTo("of a member");
            assertThat(each.members().member(ben.id()).orElseThrow().role()).isEqualTo(Role.MEMBER);
            assertThat(each.members().member(ben.id()).orElseThrow().name()).isEqualTo("ben");
        }
        assertThatThrownBy(() -> ben.put("/services/z/config", "{}")).hasMessageContaining("no administrator");

        ann.members().grant(ben.id(), Role.ADMIN, Optional.empty(), "ben", List.of());
        ben.take(ann);
        ben.put("/services/z/config", "{}");
        ann.take(ben);
        assertThat(ann.get("/services/z/config")).isEqualTo("{}");
        assertThat(ann.get("/services/y/config")).as("it does not come back").isEqualTo("-");

        ann.members().revoke(ben.id(), false);
        ann.members().grant(ben.id(), Role.MEMBER, Optional.empty(), "ben", List.of());
        Optional<Instant> again = ann.members().member(ben.id()).orElseThrow().since();
        assertThat(again.orElseThrow()).isAfter(since.orElseThrow());
        ann.members().grant(ben.id(), Role.ADMIN, Optional.empty(), "ben", List.of());
        assertThat(ann.members().member(ben.id()).orElseThrow().since()).as("when he was let in again").isEqualTo(again);
    }

    @Test
    void aStrangersCommitsNeverShow() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer eve = peers.start("eve");
        eve.kernel().join(peers.mesh());
        eve.take(ann);

        assertThatThrownBy(() -> eve.put("/x", "1")).hasMessageContaining("not a member");
        assertThat(ann.members().isMember(eve.id())).isFalse();
    }

    /** Two nodes hear of a revocation before and after the commits that it cuts off; both end in one state. */
    @Test
    void aRevocationCountsWheneverItArrives() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.ADMIN);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
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

        ann.members().revoke(ben.id(), false);
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

        Peers.awaitSame(ann, cleo);
        Peers.awaitSame(ann, ben);
        assertThat(cleo.get("/shared")).isEqualTo("by Ben, in time");
        assertThat(cleo.get("/kept")).isEqualTo("1");
        assertThat(cleo.get("/late")).isEqualTo("-");
        assertThat(cleo.get("/services/evil/config")).isEqualTo("-");
        assertThat(((Change.Updated) seen.poll(30, TimeUnit.SECONDS)).entry().text()).isEqualTo("by Ben, too late");
        assertThat(((Change.Updated) seen.poll(30, TimeUnit.SECONDS)).entry().text()).isEqualTo("by Ben, in time");
        assertThatThrownBy(() -> ben.put("/more", "1")).hasMessageContaining("not a member");

        cleo.restart();
        ann.restart();
        Peers.awaitSame(ann, cleo);
        cleo.restartFromLog(false);
        ann.take(cleo);
        Peers.awaitSame(ann, cleo);
        cleo.restartFromLog(true);
        ann.take(cleo);
        Peers.awaitSame(ann, cleo);
        assertThat(cleo.get("/late")).isEqualTo("-");
        assertThat(cleo.get("/shared")).isEqualTo("by Ben, in time");
        assertThat(cleo.members().isMember(ben.id())).isFalse();
    }

    @Test
    void whoWasRevokedComesBackOnlyByANewGrant() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/one", "1");
        ann.take(ben);
        ann.members().revoke(ben.id(), false);
        ben.put("/two", "2");
        ann.take(ben);
        assertThat(ann.get("/two")).isEqualTo("-");

        ann.members().grant(ben.id(), Role.MEMBER, Optional.empty(), "ben", List.of());
        ben.take(ann);
        ben.put("/three", "3");
        ann.take(ben);
        Peers.awaitSame(ann, ben);
        assertThat(ann.get("/one") + ann.get("/two") + ann.get("/three")).isEqualTo("1-3");
    }

    @Test
    void aNodeLeaves() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.ADMIN);
        ben.put("/x", "1");
        ben.members().leave();
        ann.take(ben);

        assertThat(ann.members().isMember(ben.id())).isFalse();
        assertThat(ann.get("/x")).isEqualTo("1");
        assertThatThrownBy(() -> ann.members().leave()).hasMessageContaining("founded");
    }

    /** A node whose home was copied makes two commits of one number; who hears both proves it to all. */
    @Test
    void whoMakesTwoHistoriesCountsNoMoreFromThereOnAnywhere() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        Peers.Peer cleo = peers.join(ann, "cleo", Role.MEMBER);
        ben.put("/before", "1");
        ann.take(ben);
        cleo.take(ben);
        Peers.Peer twin = peers.twin(ben);
        ben.put("/here", "by one");
        twin.put("/there", "by the other");
        ann.take(ben);
        cleo.take(twin);
        assertThat(ann.get("/here") + cleo.get("/there")).isEqualTo("by oneby the other");

        SignedCommit other = twin.lastOwn();
        assertThat(ann.store().replica().ingest(List.of(other)).toCompletableFuture().join()).isInstanceOf(IngestResult.Forked.class);
        Peers.awaitThat(() -> ann.get("/here").equals("-"));
        assertThat(ann.members().member(ben.id()).orElseThrow().forked()).isTrue();
        cleo.takeBut(ann, ben.id());
        Peers.awaitSame(ann, cleo);
        assertThat(cleo.get("/there")).isEqualTo("-");
        assertThat(cleo.get("/before")).isEqualTo("1");
        ben.takeBut(ann, ben.id());
        assertThatThrownBy(() -> ben.put("/more", "1")).isInstanceOf(StoreException.class);
    }

    /** A copy that knows that it is one writes in an epoch of its own: no history is broken, and both copies see the other. */
    @Test
    void aCopiedHomeThatRunsTwiceIsNoticedByBothCopies() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/before", "1");
        ann.take(ben);
        ben.stop();
        peers.copy("ben", "copy");
        ben.begin();
        Peers.Peer copy = peers.start("copy");
        assertThat(copy.id()).isEqualTo(ben.id());
        copy.take(ann);
        ben.take(ann);
        assertThat(copy.store().status().problem()).as("its own past is no other copy").isEmpty();

        ben.put("/here", "by one");
        copy.put("/there", "by the other");
        ann.take(ben);
        ann.take(copy);
        ben.take(ann);
        copy.take(ann);
        assertThat(ben.store().status().problem().orElseThrow()).contains("Another copy of this node").contains("runs twice");
        assertThat(copy.store().status().problem().orElseThrow()).contains("Another copy of this node").contains("runs twice");
        assertThat(ann.store().status().problem()).isEmpty();
        assertThat(ann.get("/here") + ann.get("/there")).isEqualTo("by oneby the other");
        assertThat(author(ann, "/here").epoch()).isNotEqualTo(author(ann, "/there").epoch());
    }

    private static Author author(Peers.Peer peer, String key) {
        return peer.store().get(new Key(key)).orElseThrow().version().author();
    }

    /**
     * Two histories of any length; the commits of either and the proof reach the others in any order, some only the one and
     * some, who come later, none of them. Some are too large to be handed on in a proof.
     */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void whateverOfTwoHistoriesArrivesInWhateverOrderAllEndInOneState(long seed) throws Exception {
        Random random = new Random(seed);
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", seed % 2 == 0 ? Role.ADMIN : Role.MEMBER);
        List<Peers.Peer> others = new ArrayList<>(List.of(ann));
        for (String name : List.of("cleo", "dora", "emil")) {
            others.add(peers.join(ann, name, random.nextBoolean() ? Role.ADMIN : Role.MEMBER));
        }
        ben.take(ann);
        for (int i = 0; i < random.nextInt(4); i++) {
            ben.put("/both" + i, "1");
        }
        List<Peers.Peer> twins = List.of(ben, peers.twin(ben));
        for (Peers.Peer twin : twins) {
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                twin.put("/k" + random.nextInt(3), twin.name() + i + "x".repeat(random.nextInt(10) == 0 ? 1_000_000 : 10));
            }
        }
        others.get(1).take(twins.get(0));
        others.get(2).take(twins.get(1));
        for (int step = 0; step < 30; step++) {
            Peers.Peer one = others.get(random.nextInt(others.size()));
            Peers.Peer other = others.get(random.nextInt(others.size()));
            switch (random.nextInt(4)) {
                case 0 -> one.take(twins.get(random.nextInt(2)));
                case 1 -> one.put("/k" + random.nextInt(3), one.name() + step);
                default -> one.take(other);
            }
        }
        others.add(peers.join(ann, "late", Role.MEMBER));
        for (int round = 0; round < 2; round++) {
            for (Peers.Peer one : others) {
                for (Peers.Peer other : others) {
                    if (one != other) {
                        one.take(other);
                    }
                }
            }
        }

        for (Peers.Peer one : others) {
            Peers.awaitSame(ann, one);
            assertThat(one.members().member(ben.id()).orElseThrow().forked()).as("seed %d, %s", seed, one.name()).isTrue();
            assertThat(one.get("/k0") + one.get("/k1") + one.get("/k2")).doesNotContain("ben", "twin");
            assertThat(one.store().replica().held()).as("what is told of it").isEqualTo(ann.store().replica().held());
        }
        for (Peers.Peer one : others) {
            boolean snapshot = random.nextBoolean();
            Map<Author, Long> forked = one.store().replica().forked();
            one.restartFromLog(snapshot);
            assertThat(one.store().replica().forked()).isEqualTo(forked);
            ann.take(one);
        }
        for (Peers.Peer one : others) {
            one.take(ann);
            Peers.awaitSame(ann, one);
        }
    }

    /** What proves nothing counts for nothing. */
    @Test
    void nobodyIsAccusedWithoutProof() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.ADMIN);
        String key = "/peers/" + ann.hex() + "/forked/" + peers.mesh().hex() + "/" + "0".repeat(16);
        assertThatThrownBy(() -> ben.put(key, "liar")).isInstanceOf(StoreException.class);
        assertThat(ben.members().member(ann.id()).orElseThrow().forked()).isFalse();
    }

    /** What is dated ahead waits for its time, moves nobody's clock and holds up nobody else's writes, after a restart too. */
    @ParameterizedTest(name = "{0} days ahead")
    @ValueSource(longs = {1, 365 * 100, 365 * 1000})
    void aClockThatIsAheadHoldsUpItsOwnNodeOnly(long days) throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/x", "by Ben, in time");
        ann.take(ben);
        ben.shift(TimeUnit.DAYS.toMillis(days));
        ben.put("/x", "by Ben, from the future");
        ann.take(ben);

        ann.put("/x", "by Ann");
        assertThat(ann.get("/x")).isEqualTo("by Ann");
        ann.restart();
        assertThat(ann.get("/x")).isEqualTo("by Ann");
        ann.put("/y", "1");
        ann.restartFromLog(false);
        ann.put("/z", "1");
        assertThat(ann.get("/x") + ann.get("/y") + ann.get("/z")).isEqualTo("by Ann11");

        ann.shift(TimeUnit.DAYS.toMillis(days));
        ann.put("/wake", "1");
        // What was dated too far ahead to be stored is left to its author until then.
        ann.take(ben);
        Peers.awaitThat(() -> ann.get("/x").equals("by Ben, from the future"));
    }

    /** A member that fills the others with commits whose time never comes. */
    @Test
    void ofWhatIsDatedAheadOnlySoMuchIsTakenInBeforeItsTime() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.put("/x", "in time");
        ann.take(ben);
        ben.shift(TimeUnit.DAYS.toMillis(1));
        for (int i = 0; i < 1030; i++) {
            ben.put("/flood/" + i, "ahead");
        }

        assertThat(takeAll(ann, ben)).isInstanceOf(IngestResult.Postponed.class);
        long held = ann.store().replica().held().upTo().values().stream().mapToLong(Long::longValue).sum();
        assertThat(takeAll(ann, ben)).isInstanceOf(IngestResult.Postponed.class);
        ann.restart();
        assertThat(takeAll(ann, ben)).isInstanceOf(IngestResult.Postponed.class);
        assertThat(ann.store().replica().held().upTo().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(held);
        ann.put("/y", "1");
        assertThat(ann.get("/y")).isEqualTo("1");

        ann.shift(TimeUnit.DAYS.toMillis(1));
        ann.put("/wake", "1");
        Peers.awaitThat(() -> takeAll(ann, ben) instanceof IngestResult.Accepted);
        ben.take(ann);
        Peers.awaitThat(() -> Arrays.equals(ann.digest(), ben.digest()));
    }

    /** It would keep the log from being cut until then. */
    @Test
    void whatIsDatedMoreThanADayAheadIsLeftToItsAuthorUntilThen() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.shift(TimeUnit.HOURS.toMillis(23));
        ben.put("/x", "in 23 hours");
        assertThat(takeAll(ann, ben)).isInstanceOf(IngestResult.Accepted.class);
        long held = ann.store().replica().held().of(ben.lastOwn().author());
        ben.shift(TimeUnit.HOURS.toMillis(25));
        ben.put("/x", "in 25 hours");

        assertThat(takeAll(ann, ben)).isInstanceOf(IngestResult.Postponed.class);
        assertThat(ann.store().replica().held().of(ben.lastOwn().author())).isEqualTo(held);
        ann.shift(TimeUnit.HOURS.toMillis(2));
        Peers.awaitThat(() -> takeAll(ann, ben) instanceof IngestResult.Accepted);
        assertThat(ann.store().replica().held().of(ben.lastOwn().author())).isEqualTo(held + 1);
    }

    private static IngestResult takeAll(Peers.Peer to, Peers.Peer from) {
        List<SignedCommit> lacking = from.store().replica().after(to.store().replica().held(), 100_000_000);
        return to.store().replica().ingest(lacking).toCompletableFuture().join();
    }

    @Test
    void membershipSurvivesARestart() throws Exception {
        Peers.Peer ann = peers.found("ann");
        Peers.Peer ben = peers.join(ann, "ben", Role.MEMBER);
        ben.members().announce(List.of("10.0.0.2:7473"));
        ann.take(ben);
        ann.restart();
        ben.restart();

        assertThat(ann.members().member(ben.id()).orElseThrow().addresses()).containsExactly("10.0.0.2:7473");
        ben.put("/y", "2");
        ann.take(ben);
        assertThat(ann.get("/y")).isEqualTo("2");
    }

    /** Five nodes write, grant and revoke, and meet at random; in the end all have met: one state. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverTheOrderOfMeetingAllEndInOneState(long seed) throws Exception {
        Random random = new Random(seed);
        Peers.Peer ann = peers.found("ann");
        List<Peers.Peer> all = new ArrayList<>(List.of(ann));
        for (String name : List.of("ben", "cleo", "dora", "emil")) {
            all.add(peers.join(ann, name, random.nextBoolean() ? Role.ADMIN : Role.MEMBER));
        }
        for (int step = 0; step < 120; step++) {
            Peers.Peer one = all.get(random.nextInt(all.size()));
            Peers.Peer other = all.get(random.nextInt(all.size()));
            try {
                switch (random.nextInt(8)) {
                    case 0 -> one.members().revoke(other.id(), false);
                    case 1 -> one.members().grant(other.id(), random.nextBoolean() ? Role.ADMIN : Role.MEMBER,
                            Optional.empty(), other.name(), List.of());
                    case 2 -> one.put("/services/s" + random.nextInt(3) + "/config", "{\"step\":" + step + "}");
                    case 3, 4 -> one.put("/k" + random.nextInt(6), one.name() + step);
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
            for (Peers.Peer one : all) {
                for (Peers.Peer other : all) {
                    if (one != other) {
                        one.take(other);
                    }
                }
            }
        }
        for (Peers.Peer one : all) {
            Peers.awaitSame(ann, one);
            assertThat(one.members().members().stream().map(member -> member.node() + " " + member.present() + member.role()))
                    .as("seed %d", seed).containsExactlyElementsOf(ann.members().members().stream()
                            .map(member -> member.node() + " " + member.present() + member.role()).toList());
        }
    }
}
