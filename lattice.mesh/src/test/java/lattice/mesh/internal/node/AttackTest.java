package lattice.mesh.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.kernel.internal.validity.ForkProof;
import lattice.kernel.membership.Role;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.protocol.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real kernels with real links, and a member that says over them what it likes: nothing of it gets through, all is told. */
class AttackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String WELL = "/well";

    @TempDir
    private Path homes;
    private final Logged log = new Logged();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private RealNode ann;
    private RealNode ben;
    private Mallory mallory;

    @BeforeEach
    void start() throws Exception {
        ann = new RealNode(homes.resolve("ann"), null);
        opened.add(ann);
        ben = new RealNode(homes.resolve("ben"), ann.mesh());
        opened.add(ben);
        mallory = new Mallory(homes.resolve("mallory.key"), ann);
        opened.add(mallory);
        ann.members().grant(ben.id(), Role.MEMBER, Optional.empty(), "ben", List.of(ben.address()));
        ann.members().grant(mallory.id(), Role.MEMBER, Optional.empty(), "mallory", List.of());
        ann.start();
        ben.start(ann.contact());
        await("Ben knows the members", () -> ben.members().isMember(mallory.id()));
    }

    @AfterEach
    void stop() throws Exception {
        log.close();
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            Thread.sleep(20);
        }
    }

    /** What one of them writes reaches the other, and they are in one state. */
    private void awaitWell() throws Exception {
        String now = "at " + System.nanoTime();
        ann.put(WELL, now);
        await("the two go on with each other", () -> ben.get(WELL).equals(now) && Arrays.equals(ann.digest(), ben.digest()));
    }

    @Test
    void aMemberThatMakesTwoHistoriesIsFoundOutAndCountsNoMore() throws Exception {
        assertThat(mallory.reach(ann)).isTrue();
        assertThat(mallory.reach(ben)).isTrue();
        SignedCommit both = mallory.commit(null, "/both", "1");
        SignedCommit[] one = {both, mallory.commit(both, "/x", "one"), null};
        one[2] = mallory.commit(one[1], "/y", "one");
        SignedCommit[] other = {both, mallory.commit(both, "/x", "other"), null, null};
        other[2] = mallory.commit(other[1], "/y", "other");
        other[3] = mallory.commit(other[2], "/z", "other");
        mallory.push(ann, one);
        mallory.push(ben, other);

        for (RealNode node : List.of(ann, ben)) {
            await("it is known to all", () -> node.members().member(mallory.id()).orElseThrow().forked());
            await("nothing of either shows", () -> (node.get("/x") + node.get("/y") + node.get("/z")).equals("---"));
            assertThat(node.get("/both")).isEqualTo("1");
            assertThat(node.store().replica().forked()).containsEntry(mallory.author(), 2L);
        }
        awaitWell();
        assertThat(log.says("has made two", mallory.id().shortId())).isTrue();
        assertThat(log.says("Node " + ann.id().shortId(), "kept away") || log.says("Node " + ben.id().shortId(), "kept away"))
                .as("who relayed it in good faith is blamed").isFalse();
        mallory.push(ann, mallory.commit(one[2], "/more", "1"));
        awaitWell();
        assertThat(ann.get("/more")).isEqualTo("-");
    }

    /**
     * What a checkpoint covers is decided; nothing of what Ben has heard meanwhile shows that anything is missing, and the two even
     * bear the same version.
     */
    @Test
    void whoWasCutOffWithTheOtherOfTwoHistoriesThanACheckpointCoversComesRoundToIt() throws Exception {
        assertThat(mallory.reach(ben)).isTrue();
        ann.cutOff();
        HybridTime now = HybridTime.ofMillis(System.currentTimeMillis());
        SignedCommit one = mallory.commit(mallory.author(), null, now, "/x", "one".getBytes(StandardCharsets.UTF_8));
        SignedCommit other = mallory.commit(mallory.author(), null, now, "/x", "other".getBytes(StandardCharsets.UTF_8));
        mallory.push(ben, other, mallory.commit(other, "/y", "other"));
        await("Ben has one", () -> ben.get("/y").equals("other"));
        ben.cutOff();
        ann.start();
        assertThat(mallory.reach(ann)).isTrue();
        mallory.push(ann, one);
        await("Ann has the other", () -> ann.get("/x").equals("one"));
        assertThat(ann.members().checkpoints().make("root", Optional.of(Duration.ZERO))).isPresent();

        ben.start(ann.contact());
        await("Ben has come round", () -> (ben.get("/x") + ben.get("/y")).equals("one-"));
        await("it is settled", () -> ben.members().checkpoints().list().get(0).settled() == 1
                && ben.members().checkpoints().list().get(0).problem().isEmpty());
        awaitWell();
        ben.put("/by/ben", "1");
        await("Ann has what Ben writes", () -> ann.get("/by/ben").equals("1"));
    }

    @Test
    void aMemberWhoseClockIsAheadMovesNobodysAndShowsNothingBeforeItsTime() throws Exception {
        assertThat(mallory.reach(ann)).isTrue();
        HybridTime hour = HybridTime.ofMillis(System.currentTimeMillis() + Duration.ofHours(1).toMillis());
        HybridTime century = HybridTime.ofMillis(System.currentTimeMillis() + Duration.ofDays(36_500).toMillis());
        byte[] ahead = "ahead".getBytes(StandardCharsets.UTF_8);
        SignedCommit soon = mallory.commit(mallory.author(), null, hour, WELL, ahead);
        mallory.push(ann, soon);
        await("it is kept", () -> ben.store().replica().held().of(mallory.author()) == 1);
        mallory.push(ann, mallory.commit(mallory.author(), soon, century, WELL, ahead));
        await("it is told of", () -> log.says(mallory.id().shortId(), "ahead"));
        awaitWell();
        assertThat(ann.store().get(new Key(WELL)).orElseThrow().version().time().millis())
                .isLessThan(System.currentTimeMillis() + Duration.ofMinutes(5).toMillis());
        assertThat(ann.store().replica().held().of(mallory.author())).isEqualTo(1);
    }

    @Test
    void aMemberWhoIsNoAdminDeclaresNothing() throws Exception {
        assertThat(mallory.reach(ann)).isTrue();
        SignedCommit service = mallory.commit(null, "/services/evil/config", "{\"v\":1,\"policy\":{\"type\":\"AllNodes\"}}");
        SignedCommit member = mallory.commit(service, "/peers/" + mallory.id().hex(), "grant admin\n");
        SignedCommit store = mallory.commit(member, "/stores/evil", "{\"v\":1}");
        SignedCommit status = mallory.commit(store, "/nodes/" + ben.id().hex() + "/services/x", "{}");
        SignedCommit allowed = mallory.commit(status, "/allowed", "1");
        mallory.push(ann, service, member, store, status, allowed);

        await("what it may is there", () -> ann.get("/allowed").equals("1") && ben.get("/allowed").equals("1"));
        for (RealNode node : List.of(ann, ben)) {
            assertThat(node.get("/services/evil/config") + node.get("/stores/evil")
                    + node.get("/nodes/" + ben.id().hex() + "/services/x")).isEqualTo("---");
            assertThat(node.members().member(mallory.id()).orElseThrow().role()).isEqualTo(Role.MEMBER);
        }
        assertThat(log.says(mallory.id().shortId(), "counts for nothing", "/services/evil/config")).isTrue();
        awaitWell();
    }

    @Test
    void whoIsAccusedWithoutASignatureOfItsOwnIsNot() throws Exception {
        assertThat(mallory.reach(ben)).isTrue();
        Author author = ann.store().replica().held().upTo().keySet().stream().filter(each -> each.node().equals(ann.id()))
                .findFirst().orElseThrow();
        ForkProof lie = mallory.accusation(author);
        SignedCommit accusation = mallory.commit(mallory.author(), null, HybridTime.ofMillis(System.currentTimeMillis()), lie.key(),
                lie.encode());
        SignedCommit allowed = mallory.commit(accusation, "/allowed", "1");
        mallory.push(ben, accusation, allowed);

        await("what it may is there", () -> ann.get("/allowed").equals("1") && ben.get("/allowed").equals("1"));
        for (RealNode node : List.of(ann, ben)) {
            assertThat(node.get(lie.key())).isEqualTo("-");
            assertThat(node.members().member(ann.id()).orElseThrow().forked()).isFalse();
            assertThat(node.store().replica().forked()).isEmpty();
        }
        assertThat(log.says(mallory.id().shortId(), "counts for nothing", "/forked/")).isTrue();
        awaitWell();
    }

    @Test
    void whoWasRevokedAndWritesThroughAThirdCountsNowhere() throws Exception {
        assertThat(mallory.reach(ben)).isTrue();
        SignedCommit before = mallory.commit(null, "/before", "1");
        mallory.push(ben, before);
        await("it counts", () -> ann.get("/before").equals("1"));
        ann.cutOff();
        ann.members().revoke(mallory.id(), false);
        mallory.push(ben, mallory.commit(before, "/after", "1"));
        await("Ben does not know yet", () -> ben.get("/after").equals("1"));
        ann.start(ben.contact());

        await("it has reached Ann", () -> ann.store().replica().held().of(mallory.author()) == 2);
        await("it counts nowhere", () -> ann.get("/after").equals("-") && ben.get("/after").equals("-"));
        assertThat(log.says("commit 2 of node " + mallory.id().shortId(), "counts for nothing")).isTrue();
        await("it is cut off", () -> !mallory.isLinked(ben));
        assertThat(mallory.reach(ben)).isFalse();
        assertThat(log.says("Node " + mallory.id().shortId(), "is not a member", "refused")).isTrue();
        assertThat(ben.get("/before")).isEqualTo("1");
        awaitWell();
    }

    /** Some are taken in, and the others in time, so that nobody's memory is filled before somebody has seen it. */
    @Test
    void whoBeginsEpochsWithoutEndIsNotKeptWithoutEnd() throws Exception {
        assertThat(mallory.reach(ann)).isTrue();
        List<SignedCommit> commits = new ArrayList<>();
        for (int epoch = 1; epoch <= 2_000; epoch++) {
            commits.add(mallory.commit(new Author(mallory.id(), epoch), null, HybridTime.ofMillis(System.currentTimeMillis()), "/many",
                    new byte[] {'1'}));
        }
        for (int from = 0; from < commits.size(); from += 100) {
            SignedCommit[] some = commits.subList(from, Math.min(commits.size(), from + 100)).toArray(SignedCommit[]::new);
            await("there is room", () -> mallory.push(ann, some));
        }
        await("it is noticed", () -> log.says(mallory.id().shortId(), "began more than 64 epochs"));
        for (RealNode node : List.of(ann, ben)) {
            await("some are there", () -> epochsOfMallory(node) == 64);
        }
        ann.members().revoke(mallory.id(), false);
        for (RealNode node : List.of(ann, ben)) {
            await("it is no member", () -> !node.members().isMember(mallory.id()));
            assertThat(epochsOfMallory(node)).isEqualTo(64);
        }
        awaitWell();
    }

    private long epochsOfMallory(RealNode node) {
        return node.store().replica().held().upTo().keySet().stream().filter(author -> author.node().equals(mallory.id())).count();
    }

    @Test
    void whatIsForgedOrAlteredCostsItsSenderTheLink() throws Exception {
        Author victim = new Author(ben.id(), 99);
        HybridTime now = HybridTime.ofMillis(System.currentTimeMillis());
        assertThat(mallory.reach(ann)).isTrue();
        mallory.push(ann, mallory.commit(victim, null, now, "/forged", new byte[] {1}));
        await("its link is gone", () -> !mallory.isLinked(ann));
        assertThat(log.count(mallory.id().shortId(), "not what it claims to be", "kept away")).isEqualTo(1);

        assertThat(mallory.reach(ben)).isTrue();
        SignedCommit genuine = mallory.commit(null, "/altered", "genuine");
        byte[] altered = genuine.commit().clone();
        altered[altered.length - 1] ^= 1;
        mallory.push(ben, new SignedCommit(genuine.author(), 1, altered, genuine.signature()));
        await("its link is gone", () -> !mallory.isLinked(ben));
        assertThat(log.count(mallory.id().shortId(), "not what it claims to be", "kept away")).isEqualTo(2);
        assertThat(mallory.reach(ben)).isFalse();
        awaitWell();
        assertThat(ann.get("/forged") + ben.get("/altered")).isEqualTo("--");
        assertThat(ann.store().replica().held().of(victim)).isZero();
    }

    /** Whoever says more at once than anybody has to is not even read, and is kept away. */
    @Test
    void whatIsLargerThanAnyMessageCostsItsSenderTheLink() throws Exception {
        assertThat(mallory.reach(ann)).isTrue();
        SignedCommit large = new SignedCommit(mallory.author(), 1, new byte[18 << 20], new byte[64]);
        mallory.say(ann, new Message.Chunk(ann.mesh(), List.of(large), false));
        await("its link is gone", () -> !mallory.isLinked(ann));
        await("it is told of", () -> log.says("Node " + mallory.id().shortId(), "largest", "kept away"));
        assertThat(mallory.reach(ann)).isFalse();
        awaitWell();
    }

    /** Far more than a node may hold back, in sequence and with gaps, while others write. */
    @Test
    void whoFloodsDoesNotKeepOthersFromBeingHeard() throws Exception {
        assertThat(mallory.reach(ann)).isTrue();
        String large = "x".repeat(200_000);
        SignedCommit last = null;
        for (int i = 0; i < 30 && !isTold(); i++) {
            SignedCommit[] run = new SignedCommit[20];
            for (int j = 0; j < run.length; j++) {
                last = mallory.commit(last, "/flood/" + j, large);
                run[j] = last;
            }
            await("the link takes more", () -> mallory.push(ann, run));
        }
        await("it is told of", this::isTold);
        awaitWell();
        // It answers no question after what is missing, and may lose its link for that in the end.
        for (int i = 0; i < 200 && mallory.isLinked(ann); i++) {
            last = mallory.commit(last, "/flood/" + i % 10, large);
            if (i % 20 != 19) {
                mallory.push(ann, last);
            }
            if (i % 50 == 25) {
                awaitWell();
            }
        }
        String now = "by Ben";
        ben.put("/heard", now);
        await("Ben is heard", () -> ann.get("/heard").equals(now));
    }

    private boolean isTold() {
        return log.remarks("Node " + mallory.id().shortId(), "faster than store");
    }
}
