package lattice.kernel.internal.validity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ValidityTest {
    private static final StoreId ROOT = new StoreId("a".repeat(64));
    private static final StoreId CHILD = new StoreId("b".repeat(64));
    private static final NodeId FOUNDER = node(0);
    private static final NodeId ANN = node(1);
    private static final NodeId BEN = node(2);
    private static final NodeId EVE = node(3);

    private final List<Statement> statements = new ArrayList<>();
    private final List<Fork> forks = new ArrayList<>();

    @Example
    void theFounderAloneStartsWithEverything() {
        assertThat(validity().isAdmin(at(FOUNDER, 5))).isTrue();
        assertThat(validity().isMember(at(EVE, 1))).isFalse();
        assertThat(validity().wasEverMember(EVE)).isFalse();
    }

    @Example
    void membersAreNotAdministratorsUnlessGrantedSo() {
        say(FOUNDER, 2, ANN, grant(false));
        say(FOUNDER, 3, BEN, grant(true));

        assertThat(validity().isMember(at(ANN, 1))).isTrue();
        assertThat(validity().isAdmin(at(ANN, 1))).isFalse();
        assertThat(validity().isAdmin(at(BEN, 1))).isTrue();
    }

    @Example
    void whatAMemberSaysAboutOthersIsVoid() {
        say(FOUNDER, 2, ANN, grant(false));
        Statement grab = say(ANN, 1, EVE, grant(true));
        Statement self = say(ANN, 2, ANN, grant(true));

        assertThat(validity().wasEverMember(EVE)).isFalse();
        assertThat(validity().isAdmin(ANN)).isFalse();
        assertThat(validity().accepts(grab.position())).isFalse();
        assertThat(validity().accepts(self.position())).isFalse();
    }

    @Example
    void aPromotionGivesNoWeightToWhatWasSaidBefore() {
        say(FOUNDER, 2, ANN, grant(false));
        say(ANN, 4, EVE, grant(false));
        say(FOUNDER, 3, ANN, new Act.Grant(true, Optional.empty(), "", List.of(), marks(ANN, 4), Set.of()));
        say(ANN, 5, BEN, grant(false));

        assertThat(validity().wasEverMember(EVE)).isFalse();
        assertThat(validity().isMember(BEN)).isTrue();
    }

    @Example
    void aRevocationCutsEachChain() {
        say(FOUNDER, 2, ANN, grant(true));
        say(ANN, 3, BEN, grant(false));
        say(FOUNDER, 3, ANN, new Act.Revoke(false, marks(ANN, 3)));
        say(ANN, 4, EVE, grant(true));

        assertThat(validity().isMember(at(ANN, 3))).isTrue();
        assertThat(validity().isMember(at(ANN, 4))).isFalse();
        assertThat(validity().isMember(new Position(CHILD, new Author(ANN, 1), 1, hash(ANN, 1)))).isFalse();
        assertThat(validity().isMember(new Position(ROOT, new Author(ANN, 2), 1, hash(ANN, 1)))).isFalse();
        assertThat(validity().isMember(new Position(ROOT, new Author(ANN, 1), 3, hash(EVE, 9)))).isFalse();
        assertThat(validity().isMember(BEN)).isTrue();
        assertThat(validity().wasEverMember(EVE)).isFalse();
        assertThat(validity().wasEverMember(ANN)).isTrue();
        assertThat(validity().isMember(ANN)).isFalse();
    }

    @Example
    void aDemotionLeavesAMember() {
        say(FOUNDER, 2, ANN, grant(true));
        say(FOUNDER, 3, ANN, new Act.Revoke(true, marks(ANN, 3)));

        assertThat(validity().isAdmin(at(ANN, 3))).isTrue();
        assertThat(validity().isAdmin(at(ANN, 4))).isFalse();
        assertThat(validity().isMember(at(ANN, 4))).isTrue();
    }

    /** What let it in again as a member does not make it what it was. */
    @Example
    void whoWasDemotedAndLetInAgainBecomesAnAdministratorOnlyByAGrantOfThat() {
        say(FOUNDER, 2, ANN, grant(true));
        say(FOUNDER, 3, ANN, new Act.Revoke(true, marks(ANN, 3)));
        say(FOUNDER, 4, ANN, new Act.Revoke(false, marks(ANN, 4)));
        say(FOUNDER, 5, ANN, new Act.Grant(false, Optional.empty(), "", List.of(), marks(ANN, 5), validity().revocationsOf(ANN)));
        assertThat(validity().isMember(ANN)).isTrue();
        assertThat(validity().isAdmin(ANN)).isFalse();

        say(FOUNDER, 6, ANN, new Act.Grant(true, Optional.empty(), "", List.of(), marks(ANN, 6), validity().revocationsOf(ANN)));
        assertThat(validity().isAdmin(ANN)).isTrue();
        assertThat(validity().isAdmin(at(ANN, 7))).isTrue();
        assertThat(validity().isAdmin(at(ANN, 6))).isFalse();
        assertThat(validity().isMember(at(ANN, 6))).isTrue();
    }

    @Example
    void onlyAGrantThatNamesARevocationLiftsIt() {
        say(FOUNDER, 2, ANN, grant(true));
        Statement revocation = say(FOUNDER, 3, ANN, new Act.Revoke(false, marks(ANN, 3)));
        say(FOUNDER, 4, ANN, grant(true));
        assertThat(validity().isMember(ANN)).isFalse();
        assertThat(validity().revocationsOf(ANN)).containsExactly(revocation.position().hash());

        say(FOUNDER, 5, ANN, new Act.Grant(false, Optional.empty(), "", List.of(), marks(ANN, 6),
                Set.of(revocation.position().hash())));
        assertThat(validity().isMember(ANN)).isTrue();
        assertThat(validity().isAdmin(ANN)).isFalse();
        assertThat(validity().isMember(at(ANN, 3))).isTrue();
        assertThat(validity().isMember(at(ANN, 5))).isFalse();
        assertThat(validity().isMember(at(ANN, 7))).isTrue();
        assertThat(validity().isAdmin(at(ANN, 7))).isFalse();
    }

    @Example
    void administratorsOfOneLevelCantThrowEachOtherOut() {
        say(FOUNDER, 2, ANN, grant(true));
        say(FOUNDER, 3, BEN, grant(true));
        say(ANN, 1, BEN, new Act.Revoke(false, Map.of()));
        say(BEN, 1, FOUNDER, new Act.Revoke(false, Map.of()));
        say(BEN, 2, EVE, grant(true));
        say(EVE, 1, BEN, new Act.Revoke(false, Map.of()));
        say(ANN, 2, EVE, new Act.Revoke(false, Map.of()));

        assertThat(validity().isAdmin(BEN)).isTrue();
        assertThat(validity().isAdmin(FOUNDER)).isTrue();
        assertThat(validity().isMember(EVE)).isFalse();
        assertThat(validity().mayDecideOn(ANN, BEN)).isFalse();
        assertThat(validity().mayDecideOn(ANN, EVE)).isTrue();
    }

    @Example
    void aNodeMayLeaveAndOthersCantMakeIt() {
        say(FOUNDER, 2, ANN, grant(false));
        say(FOUNDER, 3, BEN, grant(false));
        say(ANN, 7, ANN, new Act.Revoke(false, marks(ANN, 7)));
        say(ANN, 6, BEN, new Act.Revoke(false, Map.of()));

        assertThat(validity().isMember(ANN)).isFalse();
        assertThat(validity().isMember(at(ANN, 7))).isTrue();
        assertThat(validity().isMember(at(ANN, 8))).isFalse();
        assertThat(validity().isMember(BEN)).isTrue();
    }

    @Example
    void aForkVoidsFromItsNumberOn() {
        say(FOUNDER, 2, ANN, grant(true));
        say(ANN, 5, BEN, grant(false));
        say(ANN, 4, EVE, grant(false));
        forks.add(new Fork(ANN, new Chain(ROOT, 1), 5));
        forks.add(new Fork(ANN, new Chain(ROOT, 1), 9));

        assertThat(validity().isMember(at(ANN, 4))).isTrue();
        assertThat(validity().isMember(at(ANN, 5))).isFalse();
        assertThat(validity().wasEverMember(BEN)).isFalse();
        assertThat(validity().isMember(EVE)).isTrue();
    }

    @Example
    void anInvitationStaysUsedAfterItsNodeIsRevoked() {
        Hash invite = Hash.of(new byte[] {1});
        say(FOUNDER, 2, ANN, new Act.Grant(false, Optional.of(invite), "ann", List.of("10.0.0.1:7700"), Map.of(), Set.of()));
        say(FOUNDER, 3, ANN, new Act.Revoke(false, Map.of()));
        say(EVE, 1, EVE, new Act.Grant(false, Optional.of(Hash.of(new byte[] {2})), "", List.of(), Map.of(), Set.of()));

        assertThat(validity().isUsed(invite)).isTrue();
        assertThat(validity().isUsed(Hash.of(new byte[] {2}))).isFalse();
    }

    /** Thirty random statements by six nodes, taken in any order and with any of them late: the same in the end. */
    @Property(tries = 300)
    void theOrderOfArrivalMakesNoDifference(@ForAll long seed) {
        statements.clear();
        forks.clear();
        Random random = new Random(seed);
        long[] sequences = new long[6];
        for (int i = 0; i < 30; i++) {
            NodeId speaker = node(random.nextInt(6));
            NodeId subject = node(random.nextInt(6));
            long sequence = ++sequences[Integer.parseInt(speaker.hex().substring(0, 2), 16)];
            Map<Chain, Mark> marks = random.nextBoolean() ? Map.of() : marks(subject, random.nextInt(6));
            say(speaker, sequence, subject, random.nextInt(3) > 0
                    ? new Act.Grant(random.nextBoolean(), Optional.empty(), "", List.of(), marks, anyRevocation(random))
                    : new Act.Revoke(random.nextInt(4) == 0, marks));
        }
        if (random.nextInt(3) == 0) {
            forks.add(new Fork(node(random.nextInt(6)), new Chain(ROOT, 1), 1 + random.nextInt(5)));
        }
        List<Object> expected = decisions(Validity.of(FOUNDER, statements, forks), statements);

        List<Statement> shuffled = new ArrayList<>(statements);
        Collections.shuffle(shuffled, random);
        List<Object> last = List.of();
        for (int known = 0; known <= shuffled.size(); known++) {
            last = decisions(Validity.of(FOUNDER, shuffled.subList(0, known), forks), statements);
        }
        assertThat(last).isEqualTo(expected);
    }

    /** Whoever has no grant says what it likes: nothing changes for anybody. */
    @Property(tries = 200)
    void strangersAreWithoutInfluence(@ForAll long seed) {
        statements.clear();
        Random random = new Random(seed);
        say(FOUNDER, 2, ANN, grant(true));
        say(ANN, 1, BEN, grant(random.nextBoolean()));
        List<Object> before = decisions(validity(), statements);
        List<Statement> honest = List.copyOf(statements);
        for (int i = 1; i < 10; i++) {
            say(EVE, i, node(random.nextInt(6)), random.nextBoolean() ? grant(true) : new Act.Revoke(false, Map.of()));
        }
        assertThat(decisions(validity(), honest)).isEqualTo(before);
    }

    @Property(tries = 500)
    void actsAreReadAsTheyWereWritten(@ForAll boolean admin, @ForAll long epoch, @ForAll byte seed) throws FormatException {
        Map<Chain, Mark> marks = Map.of(new Chain(ROOT, epoch), new Mark(seed & 0xff, Hash.of(new byte[] {seed})),
                new Chain(CHILD, epoch), Mark.START);
        Act grant = new Act.Grant(admin, Optional.of(Hash.of(new byte[] {seed})), "a name", List.of("[::1]:7700", "x:1"),
                marks, Set.of(Hash.of(new byte[0]), Hash.NONE));
        Act revoke = new Act.Revoke(admin, marks);

        assertThat(ActCodec.decode(ActCodec.encode(grant))).isEqualTo(grant);
        assertThat(ActCodec.decode(ActCodec.encode(revoke))).isEqualTo(revoke);
    }

    @Property(tries = 2000)
    void damagedActsAreActsOrRefused(@ForAll byte[] bytes, @ForAll int place, @ForAll byte change) {
        byte[] act = ActCodec.encode(new Act.Revoke(false, marks(ANN, 3)));
        act[Math.floorMod(place, act.length)] ^= change;
        for (byte[] tried : List.of(bytes, act)) {
            try {
                assertThat(ActCodec.decode(tried)).isNotNull();
            } catch (FormatException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    private Set<Hash> anyRevocation(Random random) {
        List<Hash> revocations = statements.stream().filter(statement -> statement.act() instanceof Act.Revoke)
                .map(statement -> statement.position().hash()).toList();
        return revocations.isEmpty() || random.nextBoolean() ? Set.of()
                : Set.of(revocations.get(random.nextInt(revocations.size())));
    }

    private static List<Object> decisions(Validity validity, List<Statement> about) {
        List<Object> decisions = new ArrayList<>(validity.standings());
        for (int node = 0; node < 6; node++) {
            for (long sequence = 1; sequence < 8; sequence++) {
                decisions.add(validity.isMember(at(node(node), sequence)));
                decisions.add(validity.isAdmin(at(node(node), sequence)));
            }
        }
        about.forEach(statement -> decisions.add(validity.accepts(statement.position())));
        return decisions;
    }

    private Validity validity() {
        return Validity.of(FOUNDER, statements, forks);
    }

    private Statement say(NodeId speaker, long sequence, NodeId subject, Act act) {
        Statement statement = new Statement(at(speaker, sequence), HybridTime.ofMillis(1000 + sequence), subject, act);
        statements.add(statement);
        return statement;
    }

    private static Act grant(boolean admin) {
        return new Act.Grant(admin, Optional.empty(), "", List.of(), Map.of(), Set.of());
    }

    private static Map<Chain, Mark> marks(NodeId node, long sequence) {
        return Map.of(new Chain(ROOT, 1), new Mark(sequence, hash(node, sequence)));
    }

    private static Position at(NodeId node, long sequence) {
        return new Position(ROOT, new Author(node, 1), sequence, hash(node, sequence));
    }

    private static Hash hash(NodeId node, long sequence) {
        return Hash.of(ByteBuffer.allocate(40).put(node.hex().getBytes(), 0, 32).putLong(sequence).array());
    }

    private static NodeId node(int number) {
        return new NodeId(String.format("%02x", number).repeat(32));
    }
}
