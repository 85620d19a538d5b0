package lattice.mesh.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreExchangeTest {
    private static final StoreId STORE = new StoreId("ab".repeat(32));
    private static final byte[] STATE_HASH = new byte[32];
    private static final int STATE_BYTES = 2 * Settings.DEFAULT.chunkBytes();
    private static final Author BUSY = new Author(new NodeId("01".repeat(32)), 7);

    private final List<String> misbehaviours = new ArrayList<>();
    private final Stored stored = new Stored();
    private final TestClock clock = new TestClock();
    private final Peer peer = new Peer();
    private final Nothing findings = new Nothing();
    private final AllKnown members = new AllKnown();
    private final StoreExchange exchange = new StoreExchange(stored, Settings.DEFAULT, clock,
            new Spreading(Settings.DEFAULT, clock), members, findings, new StoreExchange.Links() {
                @Override
                public boolean isUp(PeerLink link) {
                    return true;
                }

                @Override
                public void misbehaved(PeerLink link, String what) {
                    misbehaviours.add(what);
                }
            });

    @AfterEach
    void nobodyIsAccusedOtherwise() {
        assertThat(misbehaviours).hasSizeLessThanOrEqualTo(stored.slow ? 1 : 0);
    }

    @Test
    void whatIsPushedWhileAGapIsFilledIsTakenInBehindIt() {
        pushed(1, 3);
        pushed(6, 8);
        pushed(9, 9);
        assertThat(stored.sequences).containsExactly(1L, 2L, 3L);

        clock.pass(Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).containsExactly(new Message.From(BUSY, 4));
        exchange.received(peer, commits(4, 5), false);

        assertThat(stored.sequences).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(exchange.behind()).isZero();
        clock.pass(10 * Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).isEmpty();
    }

    @Test
    void whoLacksManyAsksAtOnceAndWhoLacksFewWaitsForWhatMayBeOnItsWay() {
        exchange.compare(peer, new Message.Vector(STORE, -1, List.of(new Head(BUSY, 5, 0)), false));
        assertThat(peer.asked()).isEmpty();
        exchange.compare(peer, new Message.Vector(STORE, -1, List.of(new Head(BUSY, 1000, 0)), false));
        assertThat(peer.asked()).containsExactly(new Message.From(BUSY, 1));
    }

    @Test
    void howFarANeighbourIsBehindIsKnownFromWhatBothCompared() {
        assertThat(exchange.lackedBy(peer)).isEmpty();
        pushed(1, 30);
        exchange.compare(peer, new Message.Vector(STORE, -1, List.of(new Head(BUSY, 10, 0)), true));
        assertThat(exchange.lackedBy(peer)).contains(20L);
        exchange.compare(peer, new Message.Vector(STORE, -1, List.of(), true));
        assertThat(exchange.lackedBy(peer)).contains(30L);
        exchange.compare(peer, exchange.heads().total());
        assertThat(exchange.lackedBy(peer)).contains(0L);
        exchange.neighbourDown(peer);
        assertThat(exchange.lackedBy(peer)).isEmpty();
    }

    @Test
    void aGapThatIsNeverFilledKeepsABoundedAmount() {
        pushed(1, 1);
        byte[] large = new byte[1 << 18];
        int many = Settings.DEFAULT.ingestBytes() / large.length;
        for (long sequence = 3; sequence < 3 + many; sequence++) {
            exchange.pushed(peer, List.of(new SignedCommit(BUSY, sequence, large, new byte[64])));
        }
        exchange.received(peer, commits(2, 2), false);

        assertThat(stored.sequences).hasSizeBetween(2,
                2 + Settings.DEFAULT.ingestBytes() / 2 / Shares.PARTS / large.length);
    }

    /** One peer that sends far more than is stored fills its own share, and another is heard all the same. */
    @Test
    void whoFloodsStandsInHisOwnWayOnly() {
        stored.slow = true;
        Author quiet = new Author(new NodeId("02".repeat(32)), 1);
        Peer other = new Peer();
        byte[] large = new byte[1 << 18];
        for (long sequence = 1; sequence <= 1000; sequence++) {
            exchange.pushed(peer, List.of(new SignedCommit(BUSY, sequence, large, new byte[64])));
        }
        exchange.pushed(other, List.of(new SignedCommit(quiet, 1, new byte[100], new byte[64])));

        long flooded = 0;
        boolean heard = false;
        while (!stored.given.isEmpty()) {
            flooded += stored.given.get(0).stream().filter(commit -> commit.author().equals(BUSY)).count() * large.length;
            heard |= stored.given.get(0).stream().anyMatch(commit -> commit.author().equals(quiet));
            stored.answerNext();
        }
        assertThat(heard).isTrue();
        assertThat(findings.flooding).containsExactly(peer.peer());
        assertThat(flooded).isBetween((long) large.length, (long) Settings.DEFAULT.ingestBytes() / Shares.PARTS);
    }

    /** Whoever relays in good faith what an author signed twice keeps its link; where the two part is searched for. */
    @Test
    void whereHistoriesPartIsSearchedForAndTheRelayIsNotBlamed() {
        stored.parts = 100;
        pushed(1, 400);
        pushed(401, 401);
        stored.other = true;
        findings.mayFork = true;
        exchange.pushed(peer, otherwise(402, 402));

        assertThat(findings.forked).isEqualTo(1);
        List<Long> asked = new ArrayList<>();
        for (List<Message.From> next = peer.asked(); !next.isEmpty(); next = peer.asked()) {
            asked.add(next.get(0).sequence());
            exchange.received(peer, otherwise(next.get(0).sequence(), next.get(0).sequence() + 10), true);
        }
        assertThat(asked).hasSizeBetween(2, 12);
        assertThat(stored.forked).containsEntry(BUSY, 100L);
        assertThat(exchange.heads().of(BUSY)).as("what is told of it").isEqualTo(99);
        pushed(402, 403);
        clock.pass(10 * Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).isEmpty();
        assertThat(exchange.behind()).isZero();
        assertThat(stored.sequences).hasSize(401);
    }

    @Test
    void whatWasStoredBeforeTheTwoHistoriesPartIsTold() {
        stored.partsWithin = 4;
        findings.mayFork = true;
        pushed(1, 5);

        assertThat(stored.sequences).containsExactly(1L, 2L, 3L);
        assertThat(exchange.heads().of(BUSY)).isEqualTo(3);
        peer.asked();
        exchange.compare(peer, new Message.Vector(STORE, -1, List.of(commitHead(3)), false));
        clock.pass(10 * Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).as("nobody is asked for what is there").isEmpty();
    }

    private Head commitHead(long sequence) {
        return new Head(BUSY, sequence, stored.hash(commits(sequence, sequence).get(0)));
    }

    private static List<SignedCommit> otherwise(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(sequence -> new SignedCommit(BUSY, sequence,
                ("other " + sequence).getBytes(StandardCharsets.UTF_8), new byte[64])).toList();
    }

    /** Chunks are a little larger than they should be: what is asked for while much waits must have room when it comes. */
    @Test
    void whoCatchesUpFasterThanItStoresAsksForNothingTwice() {
        stored.slow = true;
        long all = 600;
        byte[] bytes = new byte[Settings.DEFAULT.chunkBytes() * 2 / 5];
        exchange.compare(peer, new Message.Vector(STORE, -1, List.of(new Head(BUSY, all, 0)), false));
        long next = 1;
        while (stored.sequences.size() < all) {
            List<Message.From> asked = peer.asked();
            if (asked.isEmpty()) {
                stored.answerNext();
                continue;
            }
            assertThat(asked).containsExactly(new Message.From(BUSY, next));
            long last = Math.min(all, next + 2);
            exchange.received(peer, LongStream.rangeClosed(next, last).mapToObj(
                    sequence -> new SignedCommit(BUSY, sequence, bytes, new byte[64])).toList(), last < all);
            next = last + 1;
        }
        assertThat(exchange.isIdle()).isTrue();
    }

    @Test
    void atMostTwoBatchesAreStoredAtATimeAndWhatFailsIsFoundOneByOne() {
        stored.slow = true;
        for (long sequence = 1; sequence <= 7; sequence++) {
            pushed(sequence, sequence);
        }
        assertThat(stored.given).extracting(List::size).containsExactly(1, 1);

        stored.badly = 4;
        while (!stored.given.isEmpty()) {
            assertThat(stored.given).hasSizeLessThanOrEqualTo(2);
            stored.answerNext();
        }
        // 1 and 2 each alone, then 3 to 7 together, and after that failed, each alone: 4 is at fault, the rest has a gap.
        assertThat(stored.sequences).containsExactly(1L, 2L, 3L);
        assertThat(misbehaviours).singleElement().asString().contains("#4");
        assertThat(exchange.isIdle()).as("what follows on the wrong one is asked for again").isFalse();

        stored.badly = 0;
        clock.pass(Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).containsExactly(new Message.From(BUSY, 4));
        exchange.received(peer, commits(4, 7), false);
        while (!stored.given.isEmpty()) {
            stored.answerNext();
        }
        assertThat(stored.sequences).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(exchange.isIdle()).isTrue();
    }

    @Test
    void ofWhoDatesCommitsAheadNothingIsAskedForAWhile() {
        stored.ahead = 3;
        pushed(1, 4);
        pushed(5, 6);
        clock.pass(10 * Settings.DEFAULT.graftAfter());

        assertThat(stored.sequences).containsExactly(1L, 2L);
        assertThat(peer.asked()).isEmpty();
        assertThat(exchange.behind()).isZero();
        assertThat(findings.postponed).isEqualTo(1);

        stored.ahead = 0;
        clock.pass(StoreExchange.POSTPONED_MILLIS);
        pushed(7, 7);
        clock.pass(Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).containsExactly(new Message.From(BUSY, 3));
    }

    @Test
    void whoAnnouncesAndNeverSendsIsAskedAfterTheOthersAndLosesTheLinkInTheEnd() {
        Peer other = new Peer();
        announced(peer, 2);
        announced(other, 2);
        clock.pass(Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).containsExactly(new Message.From(BUSY, 1));
        assertThat(other.asked()).isEmpty();
        clock.pass(Settings.DEFAULT.answerWithin());
        assertThat(peer.asked()).isEmpty();
        assertThat(other.asked()).containsExactly(new Message.From(BUSY, 1));
        exchange.received(other, commits(1, 2), false);
        assertThat(stored.sequences).containsExactly(1L, 2L);

        // One is unanswered already; and as these links are never down, it is asked once more when it is accused.
        announced(peer, 3);
        assertThat(timesAskedInVain(100)).isEqualTo(3 + 1);
        assertThat(misbehaviours).singleElement().asString().contains("did not send them when asked");
        misbehaviours.clear();
    }

    /** What is lost is sent again later and later, and holds up what comes after it; the peer can't help that. */
    @Test
    void whoseAnswersAreHeldUpForSomeSecondsIsNotBlamed() {
        announced(peer, 1);
        int asked = 0;
        for (int seconds = 0; seconds < 9; seconds++) {
            clock.pass(1_000);
            asked += peer.asked().size();
        }
        assertThat(asked).as("it was asked again and again").isGreaterThan(4);
        assertThat(misbehaviours).isEmpty();
        exchange.received(peer, commits(1, 1), false);

        assertThat(stored.sequences).containsExactly(1L);
        assertThat(exchange.isIdle()).isTrue();
    }

    @Test
    void whoAnswersNowAndThenKeepsTheLink() {
        for (long sequence = 1; sequence <= 10; sequence++) {
            announced(peer, sequence);
            assertThat(timesAskedInVain(3)).isPositive();
            exchange.received(peer, commits(sequence, sequence), false);
        }
        assertThat(stored.sequences).hasSize(10);
        assertThat(misbehaviours).isEmpty();
    }

    /** It is not asked for them again, whatever it goes on to announce of them. */
    @Test
    void whoBoastsOfCommitsThatDoNotExistIsNotBelieved() {
        announced(peer, 1_000_000);
        clock.pass(Settings.DEFAULT.graftAfter());
        assertThat(peer.asked()).containsExactly(new Message.From(BUSY, 1));
        exchange.received(peer, List.of(), false);
        assertThat(exchange.behind()).isZero();
        clock.pass(10 * Settings.DEFAULT.answerWithin());
        assertThat(peer.asked()).isEmpty();
        assertThat(exchange.isIdle()).isTrue();
    }

    /** One peer that makes up authors fills its own share only; and what waits is taken in if its author becomes known. */
    @Test
    void ofAuthorsThatNobodyKnowsOnlySoMuchWaits() {
        members.strangers = true;
        findings.mayNotKnow = true;
        for (int i = 0; i < 200; i++) {
            Author madeUp = new Author(new NodeId(String.format("%064x", 1000 + i)), 1);
            exchange.pushed(peer, List.of(new SignedCommit(madeUp, 1, new byte[10_000], new byte[64])));
            exchange.pushed(peer, List.of(new SignedCommit(madeUp, 2, new byte[10_000], new byte[64])));
        }
        Author newcomer = new Author(new NodeId("02".repeat(32)), 1);
        exchange.pushed(new Peer(), List.of(new SignedCommit(newcomer, 1, new byte[10_000], new byte[64])));
        assertThat(stored.ofOthers).isEmpty();
        assertThat(findings.unknownAuthors).isEqualTo(401);

        members.strangers = false;
        exchange.membersChanged();
        assertThat(stored.ofOthers).contains(newcomer).doesNotHaveDuplicates()
                .hasSizeBetween(2, 1 + Settings.DEFAULT.unknownBytes() / Shares.PARTS / 10_000);
    }

    /** To find that out once cost the check of two signatures. */
    @Test
    void ofWhoMadeTwoHistoriesNothingIsLookedAtAgain() {
        pushed(1, 2);
        stored.forked.put(BUSY, 2L);
        exchange.membersChanged();
        stored.slow = true;
        pushed(2, 3);
        announced(peer, 9);
        clock.pass(Settings.DEFAULT.graftAfter());

        assertThat(stored.given).isEmpty();
        assertThat(peer.asked()).isEmpty();
    }

    /** What is announced of authors who are no members takes no memory, and nobody is asked for it. */
    @Test
    void whatIsAnnouncedOfStrangersIsNotRemembered() {
        members.strangers = true;
        for (int i = 0; i < 1_000; i++) {
            exchange.announced(peer, List.of(new Head(new Author(new NodeId(String.format("%064x", 1000 + i)), 1), 5, 5)));
        }
        clock.pass(Settings.DEFAULT.graftAfter());

        assertThat(exchange.behind()).isZero();
        assertThat(exchange.isIdle()).isTrue();
        assertThat(peer.asked()).isEmpty();
    }

    @Test
    void ofWhoIsPostponedNothingIsAskedForThoughOthersAnnounceIt() {
        stored.ahead = 3;
        pushed(1, 4);
        announced(new Peer(), 4);
        clock.pass(Settings.DEFAULT.graftAfter());

        assertThat(exchange.behind()).isZero();
        assertThat(exchange.isIdle()).isTrue();
    }

    /** Commits of numbers that are held, and not those that are: each is compared, but not more at a time than there is room for. */
    @Test
    void ofOtherCommitsOfOneNumberOnlySoManyAreComparedAtATime() {
        pushed(1, 1);
        stored.slow = true;
        byte[] large = new byte[1 << 18];
        for (int i = 0; i < 1000; i++) {
            large[0] = (byte) i;
            exchange.pushed(peer, List.of(new SignedCommit(BUSY, 1, large.clone(), new byte[64])));
        }

        assertThat(stored.given).hasSizeBetween(1, Settings.DEFAULT.ingestBytes() / Shares.PARTS / large.length);
    }

    /** Nothing is missing, so nobody would offer it. */
    @Test
    void aStateThatWasLostHereIsFetchedFromWhoHasIt() {
        Peer without = new Peer();
        Peer with = new Peer();
        exchange.compare(without, exchange.heads().total());
        stored.lacked = Optional.of(new StateOffer(new byte[0], new byte[] {1}));
        exchange.compare(without, exchange.heads().total());
        assertThat(without.sent).as("it was looked just now whether any was lost").isEmpty();

        clock.pass(StateTransfer.LACKED_STATE_EVERY_MILLIS);
        exchange.compare(without, exchange.heads().total());
        Message.WantState want = (Message.WantState) without.sent.remove(0);
        exchange.received(without, new Message.StatePart(STORE, want.state(), 0, new byte[0]));
        assertThat(without.sent).as("it has gone on to another").isEmpty();

        clock.pass(StateTransfer.LACKED_STATE_AGAIN_MILLIS);
        exchange.compare(with, exchange.heads().total());
        exchange.compare(without, exchange.heads().total());
        assertThat(without.sent).as("one is enough").isEmpty();
        for (int have = 0; have < STATE_BYTES; have += STATE_BYTES / 2) {
            want = (Message.WantState) with.sent.remove(0);
            assertThat(want.offset()).isEqualTo(have);
            exchange.received(with, new Message.StatePart(STORE, want.state(), have, new byte[STATE_BYTES / 2]));
        }
        clock.pass(StateTransfer.LACKED_STATE_AGAIN_MILLIS);
        exchange.compare(with, exchange.heads().total());
        assertThat(with.sent).isEmpty();
        assertThat(exchange.isIdle()).isTrue();
    }

    /** While a state is on its way nothing else is fetched. */
    @Test
    void whoSendsAStateByteByByteLosesItsLink() {
        stored.lacked = Optional.of(new StateOffer(new byte[0], new byte[] {1}));
        exchange.compare(peer, exchange.heads().total());
        Message.WantState want = (Message.WantState) peer.sent.remove(0);
        exchange.received(peer, new Message.StatePart(STORE, want.state(), 0, new byte[STATE_BYTES - 10]));
        want = (Message.WantState) peer.sent.remove(0);
        assertThat(misbehaviours).isEmpty();
        exchange.received(peer, new Message.StatePart(STORE, want.state(), want.offset(), new byte[9]));

        assertThat(misbehaviours).containsExactly("sends the state of a checkpoint in crumbs");
        misbehaviours.clear();
        assertThat(exchange.isIdle()).isTrue();
    }

    @Test
    void whoPromisesAStateAndSendsNoneLosesItsLink() {
        stored.lacked = Optional.of(new StateOffer(new byte[0], new byte[] {1}));
        exchange.compare(peer, exchange.heads().total());
        assertThat(peer.sent).singleElement().isInstanceOf(Message.WantState.class);
        for (int i = 0; i < 10 && misbehaviours.isEmpty(); i++) {
            clock.pass(Settings.DEFAULT.answerWithin());
        }

        assertThat(misbehaviours).singleElement().asString().contains("was asked for a part of the state").contains("did not answer");
        misbehaviours.clear();
        assertThat(exchange.arriving()).isEmpty();
    }

    private void announced(Peer by, long sequence) {
        exchange.announced(by, List.of(new Head(BUSY, sequence, 0)));
    }

    /** Lets time pass until the peer was accused, or so many times. @return how often it was asked meanwhile */
    private int timesAskedInVain(int looks) {
        int asked = 0;
        for (int i = 0; i < looks && misbehaviours.isEmpty(); i++) {
            clock.pass(Settings.DEFAULT.answerWithin() + 1);
            asked += peer.asked().size();
        }
        return asked;
    }

    private void pushed(long first, long last) {
        exchange.pushed(peer, commits(first, last));
    }

    private static List<SignedCommit> commits(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(sequence -> new SignedCommit(BUSY, sequence,
                Long.toString(sequence).getBytes(StandardCharsets.UTF_8), new byte[64])).toList();
    }

    /** Holds what is put into it, in sequence; at once, or when it is told to. */
    private static final class Stored implements Replica {
        private final List<Long> sequences = new ArrayList<>();
        private final List<Long> hashes = new ArrayList<>();
        private final List<Author> ofOthers = new ArrayList<>();
        private final List<List<SignedCommit>> given = new ArrayList<>();
        private final List<Consumer<IngestResult>> waiting = new ArrayList<>();
        private boolean slow;
        private long badly;
        private long ahead;
        private long parts;
        private long partsWithin;
        private boolean other;
        private final Map<Author, Long> forked = new HashMap<>();
        private Optional<StateOffer> lacked = Optional.empty();
        private final ByteArrayOutputStream state = new ByteArrayOutputStream();

        void answerNext() {
            List<SignedCommit> commits = given.remove(0);
            waiting.remove(0).accept(store(commits));
        }

        private IngestResult store(List<SignedCommit> commits) {
            if (!commits.get(0).author().equals(BUSY)) {
                commits.forEach(commit -> ofOthers.add(commit.author()));
                return new IngestResult.Accepted(commits.size());
            }
            if (other) {
                return compare(commits.get(0).sequence(), commits.get(commits.size() - 1).sequence());
            }
            for (SignedCommit commit : commits) {
                if (commit.sequence() == badly) {
                    return new IngestResult.Rejected(commit.author(), commit.sequence(), "its signature is wrong");
                }
                if (commit.sequence() == ahead) {
                    return new IngestResult.Postponed(commit.author(), commit.sequence(), "writes too much");
                }
                if (commit.sequence() == partsWithin) {
                    return new IngestResult.Parted(commit.author(), 0, commit.sequence());
                }
                if (commit.sequence() > sequences.size() + 1) {
                    return new IngestResult.Gap(commit.author(), sequences.size() + 1);
                }
                if (commit.sequence() == sequences.size() + 1) {
                    sequences.add(commit.sequence());
                    hashes.add(hash(commit));
                }
            }
            return new IngestResult.Accepted(commits.size());
        }

        /** Of a second history, which parts from the one that is held. */
        private IngestResult compare(long first, long last) {
            if (last < parts) {
                return new IngestResult.Accepted(0);
            }
            if (first > parts) {
                return new IngestResult.Parted(BUSY, 0, Math.min(first, sequences.size()));
            }
            forked.put(BUSY, parts);
            return new IngestResult.Forked(BUSY, parts);
        }

        @Override
        public StoreId store() {
            return STORE;
        }

        @Override
        public Set<NodeId> holders() {
            return Set.of();
        }

        @Override
        public Collection<Head> heads() {
            return List.of();
        }

        @Override
        public Head head(Author author) {
            long held = forked.getOrDefault(author, sequences.size() + 1L) - 1;
            return new Head(author, held, held == 0 ? 0 : hashes.get((int) held - 1));
        }

        @Override
        public long hash(SignedCommit commit) {
            return Arrays.hashCode(commit.commit());
        }

        @Override
        public Map<Author, Long> forked() {
            return forked;
        }

        @Override
        public void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void ingest(List<SignedCommit> commits, Consumer<IngestResult> then) {
            if (slow) {
                given.add(commits);
                waiting.add(then);
                return;
            }
            if (!other) {
                assertThat(commits.get(0).sequence()).isEqualTo(sequences.size() + 1L);
            }
            then.accept(store(commits));
        }

        @Override
        public void offer(Consumer<Optional<StateOffer>> then) {
            then.accept(Optional.empty());
        }

        @Override
        public void lackedState(Consumer<Optional<StateOffer>> then) {
            then.accept(lacked);
        }

        @Override
        public void state(byte[] state, long offset, int maxBytes, Consumer<byte[]> then) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void accept(StateOffer offer, Consumer<Optional<StateProgress>> then) {
            assertThat(Optional.of(offer)).isEqualTo(lacked);
            then.accept(Optional.of(new StateProgress(STATE_HASH, state.size(), STATE_BYTES)));
        }

        @Override
        public void receive(byte[] hash, long offset, byte[] part, Consumer<Optional<StateProgress>> then) {
            state.writeBytes(part);
            lacked = state.size() < STATE_BYTES ? lacked : Optional.empty();
            then.accept(Optional.of(new StateProgress(STATE_HASH, state.size(), STATE_BYTES)));
        }
    }

    private static final class Peer implements PeerLink {
        private final List<Message> sent = new ArrayList<>();

        /** What it was asked for since the last call. */
        List<Message.From> asked() {
            List<Message.From> asked = sent.stream().filter(Message.Want.class::isInstance).map(Message.Want.class::cast)
                    .flatMap(want -> want.from().stream()).toList();
            sent.clear();
            return asked;
        }

        @Override
        public NodeId peer() {
            return BUSY.node();
        }

        @Override
        public boolean dialled() {
            return true;
        }

        @Override
        public boolean send(Message message) {
            return sent.add(message);
        }

        @Override
        public void close(String reason) {
        }
    }

    private static final class Nothing implements Findings {
        private int postponed;
        private final Set<NodeId> flooding = new HashSet<>();
        private boolean mayNotKnow;
        private int unknownAuthors;
        private boolean mayFork;
        private int forked;

        @Override
        public void misbehaved(NodeId peer, String what) {
            throw new AssertionError(what);
        }

        @Override
        public void unknownAuthor(StoreId store, NodeId author, NodeId from) {
            assertThat(mayNotKnow).isTrue();
            unknownAuthors++;
        }

        @Override
        public void postponed(StoreId store, NodeId author, String why) {
            postponed++;
        }

        @Override
        public void flooded(StoreId store, NodeId from) {
            flooding.add(from);
        }

        @Override
        public void forked(StoreId store, NodeId author, long sequence) {
            assertThat(mayFork).isTrue();
            forked += forked == 0 ? 1 : 0;
        }
    }
}
