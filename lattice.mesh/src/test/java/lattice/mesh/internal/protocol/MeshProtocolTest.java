package lattice.mesh.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;
import lattice.kernel.replication.VersionVector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What members may ask of a node and what it keeps of what they say. */
class MeshProtocolTest {
    private static final StoreId STORE = new StoreId("ab".repeat(32));
    private static final NodeId SELF = node(0);
    private static final NodeId HOLDER = node(1);
    private static final NodeId OTHER_HOLDER = node(2);
    private static final NodeId OUTSIDER = node(3);
    private static final Settings SETTINGS = Settings.DEFAULT;

    private final TestClock clock = new TestClock();
    private final MeshProtocol protocol = new MeshProtocol(contact(SELF), 1, SETTINGS, clock, new Random(1), target -> { },
            new AllKnown(), new Unexpected());

    private static NodeId node(int number) {
        return new NodeId(String.format("%064x", number));
    }

    private static Contact contact(NodeId node) {
        return new Contact(node, List.of("10.0.0.1:7473"));
    }

    private static SignedCommit commit(NodeId author, long sequence) {
        return new SignedCommit(new Author(author, 1), sequence, new byte[100], new byte[64]);
    }

    @BeforeEach
    void start() {
        protocol.start(List.of());
    }

    private void pass(int seconds) {
        for (int i = 0; i < 10 * seconds; i++) {
            clock.pass(100);
        }
    }

    /** A link that a peer opened, and over which it has said nothing yet. */
    private Link opened(NodeId peer) {
        Link link = new Link(peer);
        protocol.linkUp(link);
        return link;
    }

    private Link neighbour(NodeId peer) {
        Link link = opened(peer);
        protocol.receive(link, new Message.Neighbor(contact(peer), true));
        return link;
    }

    private static boolean isAccepted(Link link) {
        return link.sent(Message.NeighborReply.class).anyMatch(Message.NeighborReply::accepted);
    }

    @Test
    void aStoreIsNothingToAMemberThatDoesNotHoldIt() {
        Held held = new Held();
        protocol.add(held);
        Link holder = neighbour(HOLDER);
        Link other = neighbour(OTHER_HOLDER);
        Link outsider = neighbour(OUTSIDER);
        Author own = new Author(SELF, 1);

        protocol.committed(STORE, List.of(commit(SELF, 1)));
        protocol.receive(outsider, new Message.Push(STORE, List.of(commit(OUTSIDER, 1))));
        protocol.receive(outsider, new Message.Chunk(STORE, List.of(commit(OUTSIDER, 1)), false));
        protocol.receive(outsider, new Message.Announce(STORE, List.of(new Head(new Author(OUTSIDER, 1), 9, 9))));
        protocol.receive(outsider, new Message.Want(STORE, List.of(new Message.From(own, 1)), true));
        protocol.receive(outsider, new Message.Vector(STORE, -1, List.of(), true));
        protocol.receive(outsider, new Message.Digest(List.of(new Message.StoreSum(STORE, Sum.ZERO))));
        protocol.receive(holder, new Message.Push(STORE, List.of(commit(HOLDER, 1))));
        protocol.receive(holder, new Message.Want(STORE, List.of(new Message.From(own, 1)), false));
        pass(20);

        assertThat(outsider.about(STORE)).as("what it was told").isEmpty();
        assertThat(holder.about(STORE)).as("what one is told who holds it").isNotEmpty();
        assertThat(held.ingested).as("what was taken from it").containsExactly(HOLDER);
        assertThat(holder.sent(Message.Push.class)).hasSize(1);
        assertThat(holder.sent(Message.Chunk.class)).isNotEmpty();
        assertThat(other.sent(Message.Push.class)).as("this node's own, and what another holder wrote").hasSize(2);
    }

    /** Each answer is some hundred kilobytes, and a question is short. */
    @Test
    void whoAsksAgainAndAgainIsReadForOnce() {
        Held held = new Held();
        held.slow = true;
        protocol.add(held);
        Link holder = neighbour(HOLDER);
        for (int i = 0; i < 1_000; i++) {
            protocol.receive(holder, new Message.Want(STORE, List.of(new Message.From(new Author(SELF, 1), 1)), false));
        }
        assertThat(held.reading).hasSize(1);
        held.reading.remove(0).accept(List.of(commit(SELF, 1)));
        protocol.receive(holder, new Message.Want(STORE, List.of(new Message.From(new Author(SELF, 1), 1)), false));

        assertThat(holder.sent(Message.Chunk.class)).hasSize(1);
        assertThat(held.reading).as("what is asked after the answer").hasSize(1);
    }

    @Test
    void whoIsNoNeighbourIsNotListenedTo() {
        Held held = new Held();
        protocol.add(held);
        Link link = opened(HOLDER);
        protocol.receive(link, new Message.Push(STORE, List.of(commit(HOLDER, 1))));
        protocol.receive(link, new Message.Want(STORE, List.of(new Message.From(new Author(SELF, 1), 1)), true));
        protocol.receive(link, new Message.Shuffle(1, 1, List.of(contact(OUTSIDER))));

        assertThat(held.ingested).isEmpty();
        assertThat(link.sent).isEmpty();
        assertThat(protocol.passive()).isEmpty();
    }

    /** Who is taken in is not pushed out again at once; who comes when too many are that new is sent away. */
    @Test
    void aCrowdIsTakenInAsFarAsThereIsRoomBesideTheView() {
        List<Link> crowd = IntStream.rangeClosed(1, 100).mapToObj(number -> neighbour(node(number))).toList();
        List<Link> taken = crowd.stream().filter(MeshProtocolTest::isAccepted).toList();

        assertThat(taken).hasSize(SETTINGS.activeView() + 32).noneMatch(link -> link.closed);
        assertThat(protocol.links()).hasSameSizeAs(taken);
        assertThat(crowd).filteredOn(link -> !taken.contains(link)).allMatch(link -> link.closed
                && link.sent(Message.NeighborReply.class).noneMatch(Message.NeighborReply::accepted));

        pass(10);
        assertThat(protocol.links()).hasSize(SETTINGS.activeView());
        assertThat(neighbour(node(101))).as("there is room again").matches(MeshProtocolTest::isAccepted);
    }

    /** A crowd that knows nobody would be all that this node has links with. */
    @Test
    void aCrowdDoesNotPushOutAllThatWereThereBefore() {
        List<Link> before = IntStream.rangeClosed(1, SETTINGS.activeView()).mapToObj(number -> neighbour(node(number))).toList();
        pass(10);
        IntStream.rangeClosed(10, 100).forEach(number -> neighbour(node(number)));

        assertThat(before).anyMatch(link -> !link.closed);
        assertThat(protocol.links()).hasSize(SETTINGS.activeView() + 32);
    }

    @Test
    void linksThatAreOpenedAndNotUsedAreFew() {
        List<Link> ofOne = IntStream.range(0, 20).mapToObj(i -> opened(HOLDER)).toList();
        List<Link> ofMany = IntStream.rangeClosed(10, 200).mapToObj(number -> opened(node(number))).toList();

        assertThat(ofOne).filteredOn(link -> !link.closed).hasSize(4);
        assertThat(ofMany).filteredOn(link -> !link.closed).hasSize(60);
        pass(10);
        assertThat(ofMany).as("who says nothing in time").allMatch(link -> link.closed);
    }

    @Test
    void whoGivesAnothersNameIsTakenForItself() {
        Link neighbour = neighbour(HOLDER);
        Link link = opened(OUTSIDER);
        protocol.receive(link, new Message.Join(new Contact(OTHER_HOLDER, List.of("10.66.66.66:1"))));

        assertThat(neighbour.sent(Message.ForwardJoin.class)).singleElement()
                .satisfies(news -> assertThat(news.contact().node()).isEqualTo(OUTSIDER));
    }

    @Test
    void nobodySendsNewsFartherThanThisNodeWould() {
        Link from = neighbour(HOLDER);
        Link to = neighbour(OTHER_HOLDER);
        protocol.receive(from, new Message.ForwardJoin(contact(OUTSIDER), 1_000_000));
        protocol.receive(from, new Message.Shuffle(1, 1_000_000, List.of()));

        assertThat(to.sent(Message.ForwardJoin.class)).singleElement()
                .satisfies(news -> assertThat(news.timeToLive()).isLessThan(SETTINGS.joinWalk()));
        assertThat(to.sent(Message.Shuffle.class)).singleElement()
                .satisfies(walk -> assertThat(walk.timeToLive()).isLessThan(SETTINGS.passiveWalk()));
    }

    /** Of each walk it is remembered where it came from; who begins too many is answered from here. */
    @Test
    void ofWalksAndContactsOnlySoManyAreRemembered() {
        Link from = neighbour(HOLDER);
        Link to = neighbour(OTHER_HOLDER);
        for (int i = 0; i < 1_000; i++) {
            protocol.receive(from, new Message.Shuffle(i, 3, List.of(contact(node(1_000 + i)))));
        }

        assertThat(to.sent(Message.Shuffle.class)).hasSize(256);
        assertThat(from.sent(Message.ShuffleReply.class)).hasSize(1_000 - 256);
        assertThat(protocol.passive()).hasSize(SETTINGS.passiveView());
    }

    private static final class Link implements PeerLink {
        private final NodeId peer;
        private final List<Message> sent = new ArrayList<>();
        private boolean closed;

        Link(NodeId peer) {
            this.peer = peer;
        }

        <T extends Message> Stream<T> sent(Class<T> kind) {
            return sent.stream().filter(kind::isInstance).map(kind::cast);
        }

        /** What it was told that has to do with a store. */
        List<Message> about(StoreId store) {
            return sent.stream().filter(message -> message.toString().contains(store.hex())).toList();
        }

        @Override
        public NodeId peer() {
            return peer;
        }

        @Override
        public boolean dialled() {
            return false;
        }

        @Override
        public boolean send(Message message) {
            sent.add(message);
            return true;
        }

        @Override
        public void close(String reason) {
            closed = true;
        }
    }

    /** A store that some hold, in which this node has written one commit. */
    private static final class Held implements Replica {
        private final List<NodeId> ingested = new ArrayList<>();
        private final List<Consumer<List<SignedCommit>>> reading = new ArrayList<>();
        private boolean slow;

        @Override
        public StoreId store() {
            return STORE;
        }

        @Override
        public Set<NodeId> holders() {
            return Set.of(SELF, HOLDER, OTHER_HOLDER);
        }

        @Override
        public Collection<Head> heads() {
            return List.of();
        }

        @Override
        public Head head(Author author) {
            return new Head(author, 0, 0);
        }

        @Override
        public long hash(SignedCommit commit) {
            return commit.sequence();
        }

        @Override
        public Map<Author, Long> forked() {
            return Map.of();
        }

        @Override
        public void read(VersionVector known, int maxBytes, Consumer<List<SignedCommit>> then) {
            if (slow) {
                reading.add(then);
            } else {
                then.accept(List.of(commit(SELF, 1)));
            }
        }

        @Override
        public void ingest(List<SignedCommit> commits, Consumer<IngestResult> then) {
            commits.forEach(commit -> ingested.add(commit.author().node()));
            then.accept(new IngestResult.Accepted(commits.size()));
        }

        @Override
        public void offer(Consumer<Optional<StateOffer>> then) {
            then.accept(Optional.empty());
        }

        @Override
        public void lackedState(Consumer<Optional<StateOffer>> then) {
            then.accept(Optional.empty());
        }

        @Override
        public void state(byte[] state, long offset, int maxBytes, Consumer<byte[]> then) {
            then.accept(new byte[0]);
        }

        @Override
        public void accept(StateOffer offer, Consumer<Optional<StateProgress>> then) {
            then.accept(Optional.empty());
        }

        @Override
        public void receive(byte[] state, long offset, byte[] part, Consumer<Optional<StateProgress>> then) {
            then.accept(Optional.empty());
        }
    }

    private static final class Unexpected implements Findings {
        @Override
        public void misbehaved(NodeId peer, String what) {
            throw new AssertionError(what);
        }

        @Override
        public void unknownAuthor(StoreId store, NodeId author, NodeId from) {
            throw new AssertionError(author);
        }

        @Override
        public void postponed(StoreId store, NodeId author, String why) {
            throw new AssertionError(why);
        }

        @Override
        public void flooded(StoreId store, NodeId peer) {
            throw new AssertionError(peer);
        }

        @Override
        public void forked(StoreId store, NodeId author, long sequence) {
            throw new AssertionError(author);
        }
    }
}
