package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.validity.Act;
import lattice.kernel.internal.validity.ActCodec;
import lattice.kernel.internal.validity.Chain;
import lattice.kernel.internal.validity.Mark;
import lattice.kernel.membership.Role;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one member can have all others keep for good has bounds, though nothing is forgotten that may count. */
class MemberBoundsTest {
    private static final int AT_ONCE = 64;
    private static final Duration EACH = Duration.ofMinutes(10);

    @RegisterExtension
    final Peers peers = new Peers();

    private Peers.Peer ann;
    private Peers.Peer ben;
    private Forger mallory;

    @BeforeEach
    void found() throws Exception {
        ann = peers.found("ann");
        ben = peers.join(ann, "ben", Role.MEMBER);
        mallory = new Forger(peers.home("mallory"), peers.mesh());
        ann.members().grant(mallory.id(), Role.MEMBER, Optional.empty(), "mallory", List.of());
        ben.take(ann);
    }

    @Test
    void ofManyNewEpochsSomeAreTakenInNowAndTheOthersInTime() throws Exception {
        List<SignedCommit> commits = firstOfEpochs(3 * AT_ONCE);
        List<SignedCommit> reversed = new ArrayList<>(commits);
        Collections.reverse(reversed);
        assertThat(ingest(ann, commits)).isInstanceOfSatisfying(IngestResult.Postponed.class,
                postponed -> assertThat(postponed.reason()).contains("epochs"));
        assertThat(ingest(ben, reversed)).isInstanceOf(IngestResult.Postponed.class);
        assertThat(epochs(ann)).isEqualTo(AT_ONCE).isEqualTo(epochs(ben));

        assertThat(ingest(ann, List.of(mallory.commit(0, commits.get(0), "/goes-on", new byte[] {1}))))
                .isEqualTo(new IngestResult.Accepted(1));
        ben.put("/ben", "1");
        assertThat(ingest(ann, List.of(ben.lastOwn()))).isEqualTo(new IngestResult.Accepted(1));
        assertThat(ann.get("/ben")).isEqualTo("1");

        ann.shift(EACH.plusSeconds(1).toMillis());
        assertThat(ingest(ann, commits)).isInstanceOf(IngestResult.Postponed.class);
        assertThat(epochs(ann)).isEqualTo(AT_ONCE + 1);
        for (int round = 1; round <= 3; round++) {
            for (Peers.Peer peer : List.of(ann, ben)) {
                peer.shift(EACH.multipliedBy((long) round * AT_ONCE).plusMinutes(1).toMillis());
                ingest(peer, peer == ann ? commits : reversed);
            }
        }
        assertThat(epochs(ann)).isEqualTo(3 * AT_ONCE).isEqualTo(epochs(ben));
        ben.take(ann);
        Peers.awaitSame(ann, ben);
    }

    @Test
    void aClockThatIsSetBackKeepsNobodyWaitingForLonger() throws Exception {
        ann.shift(Duration.ofDays(300).toMillis());
        List<SignedCommit> commits = firstOfEpochs(2 * AT_ONCE);
        assertThat(ingest(ann, commits)).isInstanceOf(IngestResult.Postponed.class);
        assertThat(epochs(ann)).isEqualTo(AT_ONCE);
        ann.shift(0);
        ingest(ann, commits);
        ann.shift(EACH.plusSeconds(1).toMillis());
        ingest(ann, commits);
        assertThat(epochs(ann)).isEqualTo(AT_ONCE + 1);
    }

    /** A revocation says of each epoch how far its author counts, and has no room for as many as may come in time. */
    @Test
    void whoBeganMoreEpochsThanARevocationHasRoomForIsRevokedAllTheSame() throws Exception {
        List<SignedCommit> commits = firstOfEpochs(1_100);
        commits.add(1, mallory.commit(0, commits.get(0), "/kept", new byte[] {'1'}));
        for (int round = 0; epochs(ann) < 1_100; round++) {
            ann.shift(EACH.multipliedBy((long) round * AT_ONCE).plusSeconds(round).toMillis());
            ingest(ann, commits);
        }
        assertThatThrownBy(() -> ann.members().grant(mallory.id(), Role.ADMIN, Optional.empty(), "", List.of()))
                .hasMessageContaining("another key");
        ann.members().revoke(mallory.id(), false);
        assertThat(ann.get("/peers/" + mallory.id().hex()).lines().count()).as("lines of the revocation").isLessThan(1_100);
        assertThat(ann.members().isMember(mallory.id())).isFalse();
        Peers.awaitThat(() -> ann.get("/kept").equals("1"));

        ann.shift(EACH.multipliedBy(1_300).toMillis());
        assertThat(ingest(ann, List.of(mallory.commit(1_100, null, "/late", new byte[] {'1'}))))
                .isEqualTo(new IngestResult.Accepted(1));
        assertThat(ann.get("/late")).isEqualTo("-");
    }

    @Test
    void ofWhatAMemberSaysOfOthersOnlySoMuchIsKept() throws Exception {
        List<SignedCommit> commits = revocations(ben.id(), 0);
        assertThat(ingest(ann, commits)).isInstanceOfSatisfying(IngestResult.Postponed.class,
                postponed -> assertThat(postponed.reason()).contains("no administrator"));
        long held = ann.store().replica().held().of(mallory.author(0));
        assertThat(held).isPositive().isLessThan(commits.size());
        ann.restart();
        assertThat(ingest(ann, commits)).isInstanceOf(IngestResult.Postponed.class);
        assertThat(ann.store().replica().held().of(mallory.author(0))).isEqualTo(held);
        assertThat(ann.members().isMember(ben.id())).isTrue();
        assertThat(ingest(ann, List.of(mallory.commit(1, null, "/else", new byte[] {'1'})))).isEqualTo(new IngestResult.Accepted(1));

        // What waited may count for an administrator, but for what it said before it was one.
        ann.members().grant(mallory.id(), Role.ADMIN, Optional.empty(), "", List.of());
        assertThat(ingest(ann, commits)).isInstanceOf(IngestResult.Accepted.class);
    }

    /** Who leaves says up to where it counts, and may say that of what it has yet to write. */
    @Test
    void whoLeavesEverAgainIsNotKeptWithoutEnd() throws Exception {
        assertThat(ingest(ann, revocations(mallory.id(), 1_000_000))).isInstanceOf(IngestResult.Postponed.class);
        assertThat(ann.members().isMember(mallory.id())).isFalse();
    }

    private List<SignedCommit> firstOfEpochs(int count) {
        List<SignedCommit> commits = new ArrayList<>();
        for (int epoch = 0; epoch < count; epoch++) {
            commits.add(mallory.commit(epoch, null, "/many/" + epoch, new byte[] {'1'}));
        }
        return commits;
    }

    /** More of them than are kept, each as large as that of a node with a thousand epochs. */
    private List<SignedCommit> revocations(NodeId of, long upTo) {
        Map<Chain, Mark> cuts = new HashMap<>();
        for (int epoch = 0; epoch < 1_000; epoch++) {
            cuts.put(new Chain(peers.mesh(), epoch), new Mark(upTo, Hash.of(new byte[] {1})));
        }
        byte[] revocation = ActCodec.encode(new Act.Revoke(false, cuts));
        List<SignedCommit> commits = new ArrayList<>();
        for (int number = 0; number < 12; number++) {
            commits.add(mallory.commit(0, number == 0 ? null : commits.get(number - 1), "/peers/" + of.hex(), revocation));
        }
        return commits;
    }

    private long epochs(Peers.Peer peer) {
        return peer.store().replica().held().upTo().keySet().stream().filter(author -> author.node().equals(mallory.id())).count();
    }

    private static IngestResult ingest(Peers.Peer peer, List<SignedCommit> commits) {
        return peer.store().replica().ingest(commits).toCompletableFuture().join();
    }
}
