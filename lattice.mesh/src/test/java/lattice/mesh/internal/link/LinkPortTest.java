package lattice.mesh.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.link.LinkPort.Link;
import lattice.mesh.internal.node.Fixture;
import lattice.mesh.internal.node.Fixture.Key25519;
import lattice.mesh.internal.protocol.Message;
import lattice.mesh.internal.protocol.PeerLink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links over real TLS on loopback, to those who mean well and those who don't. */
@Timeout(120)
class LinkPortTest {
    private static final int PATIENCE_SECONDS = 30;
    private static final int MEGABYTE = 1 << 20;

    private final List<LinkPort> opened = new ArrayList<>();
    private Side host;
    private Side guest;

    /** A node that notes what happens to it, and deals with messages only if it is told to. */
    private final class Side implements LinkPort.Guest {
        private final Set<NodeId> members = ConcurrentHashMap.newKeySet();
        private final BlockingQueue<Link> up = new LinkedBlockingQueue<>();
        private final BlockingQueue<Link> down = new LinkedBlockingQueue<>();
        private final AtomicInteger received = new AtomicInteger();
        private final BlockingQueue<String> malformed = new LinkedBlockingQueue<>();
        private final BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
        private final Key25519 key = Key25519.random();
        private final LinkPort port = new LinkPort(new TlsIdentity(key), (peer, mesh, from) -> {
            return said -> {
                heard.add(said.length);
                return new LinkPort.Word(said, false);
            };
        });
        private volatile boolean busy;

        Side() throws Exception {
            opened.add(port);
            port.open(Fixture.MESH, this);
        }

        /** Whether a link with another side came about. */
        boolean reaches(Side other, int at) throws Exception {
            CountDownLatch failed = new CountDownLatch(1);
            port.dial(Fixture.MESH, other.key.id(), "127.0.0.1", at, failed::countDown);
            for (int i = 0; i < PATIENCE_SECONDS * 20; i++) {
                if (up.peek() != null) {
                    return true;
                }
                if (failed.await(50, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
            throw new AssertionError("Neither a link nor the news that there is none.");
        }

        @Override
        public boolean welcomes(NodeId peer) {
            return members.contains(peer);
        }

        @Override
        public void linkUp(Link link) {
            up.add(link);
        }

        @Override
        public void linkDown(Link link) {
            down.add(link);
        }

        @Override
        public void received(Link link, Message message, int bytes) {
            received.incrementAndGet();
            if (!busy) {
                link.dealtWith(bytes);
            }
        }

        @Override
        public void malformed(Link link, String what) {
            malformed.add(what);
            link.peerLink().close(what);
        }
    }

    @BeforeEach
    void open() throws Exception {
        host = new Side();
        guest = new Side();
        host.members.add(guest.key.id());
        guest.members.add(host.key.id());
    }

    @AfterEach
    void close() {
        opened.forEach(LinkPort::close);
    }

    /** The second connection may go on with the first one's TLS session, and then no certificate is shown again. */
    @Test
    void whoIsNoMemberAnyMoreIsRefusedThoughItsSessionIsKnown() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        assertThat(guest.reaches(host, at)).isTrue();
        guest.up.take().peerLink().close("that was the first");
        assertThat(host.down.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        assertThat(guest.reaches(host, at)).isTrue();
        guest.up.take().peerLink().close("that was the second");
        assertThat(host.down.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();

        host.members.clear();
        assertThat(guest.reaches(host, at)).isFalse();
        assertThat(host.up).hasSize(2);
    }

    @Test
    void whoIsRemovedIsNotListenedToOnAStreamThatIsOpen() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        assertThat(guest.reaches(host, at)).isTrue();
        host.members.clear();
        guest.up.take().peerLink().send(new Message.Prune());

        assertThat(host.down.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
        assertThat(host.received).hasValue(0);
    }

    @Test
    void anotherNodeAtAnAddressThatIsKnownIsNotTakenForTheFirst() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        assertThat(guest.reaches(host, at)).isTrue();
        guest.up.take();
        host.port.close();
        Side impostor = new Side();
        impostor.members.add(guest.key.id());
        guest.members.add(impostor.key.id());
        assertThat(impostor.port.listen("127.0.0.1", at)).isEqualTo(at);

        assertThat(guest.reaches(host, at)).isFalse();
    }

    /** A node that is flooded takes a handful of messages at a time, and the flood waits, bounded, where it came from. */
    @Test
    void aFloodStaysWithWhoMakesIt() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        host.busy = true;
        assertThat(guest.reaches(host, at)).isTrue();
        Link link = guest.up.take();
        int taken = 0;
        int refused = 0;
        // As much as can come has come by the time when so many were refused in a row.
        while (taken < 1_000 && refused < 100 && host.received.get() <= StreamLink.IN_FLIGHT) {
            if (link.peerLink().send(push(MEGABYTE))) {
                taken++;
                refused = 0;
            } else {
                refused++;
                Thread.sleep(10);
            }
        }
        assertThat(taken).isLessThan(100);
        assertThat(host.received.get()).isBetween(1, StreamLink.IN_FLIGHT);
    }

    @Test
    void aFrameThatIsTooLargeEndsTheLinkUnreadAndIsToldOf() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        for (boolean dialled : new boolean[] {true, false}) {
            assertThat(guest.reaches(host, at)).isTrue();
            Side sending = dialled ? guest : host;
            Side receiving = dialled ? host : guest;
            PeerLink link = sending.up.take().peerLink();
            receiving.up.take();
            // It takes the place of small talk, which is never refused for want of room.
            link.send(new Message.Chunk(Fixture.MESH, List.of(commit(18 * MEGABYTE)), false));

            assertThat(receiving.down.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
            assertThat(receiving.received).as("it was not even looked at").hasValue(0);
            assertThat(receiving.malformed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).contains("largest");
            assertThat(sending.down.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
            assertThat(sending.malformed).as("who was not heard is not told that it did wrong").isEmpty();
        }
    }

    /** A message of a link may be a thousand times as large, and a visitor may be anybody. */
    @Test
    void aVisitorThatSaysMoreThanVisitorsHaveToIsNotHeard() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        try (Conversation visit = guest.port.visit(Fixture.MESH, host.key.id(), "127.0.0.1", at)) {
            visit.open();
            assertThat(visit.say(new byte[VisitMeter.MAX_BYTES / 2])).hasSize(VisitMeter.MAX_BYTES / 2);
            assertThatThrownBy(() -> visit.say(new byte[MEGABYTE])).isInstanceOf(IOException.class)
                    .hasMessageContaining("nobody answers");
        }
        assertThat(host.heard).containsExactly(VisitMeter.MAX_BYTES / 2);
    }

    @Test
    void fromOnePlaceOnlySoManyVisitAtOnce() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        List<Conversation> silent = new ArrayList<>();
        try {
            for (int i = 0; i < Visits.MAX_OF_PLACE; i++) {
                silent.add(guest.port.visit(Fixture.MESH, host.key.id(), "127.0.0.1", at));
                silent.get(i).open();
            }
            try (Conversation more = guest.port.visit(Fixture.MESH, host.key.id(), "127.0.0.1", at)) {
                assertThatThrownBy(more::open).hasMessageContaining("Too many");
            }
            silent.get(0).close();
            await(() -> {
                try (Conversation more = guest.port.visit(Fixture.MESH, host.key.id(), "127.0.0.1", at)) {
                    more.open();
                    return true;
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("Too many");
                    return false;
                }
            });
        } finally {
            silent.forEach(Conversation::close);
        }
    }

    @Test
    void connectionsThatSayNothingMakeRoomForThoseThatDo() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        assertThat(guest.reaches(host, at)).isTrue();
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 3 * Admission.MAX_OF_PLACE; i++) {
                silent.add(new Socket("127.0.0.1", at));
            }
            Side other = new Side();
            other.members.add(host.key.id());
            host.members.add(other.key.id());
            assertThat(other.reaches(host, at)).isTrue();
            // Sooner than TLS would give it up.
            silent.get(0).setSoTimeout(10_000);
            assertThat(silent.get(0).getInputStream().read()).as("the oldest was closed").isEqualTo(-1);
            assertThat(host.down).as("who has a link keeps it").isEmpty();
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    /** Nobody tells of it; what each end sends is sent again and again, ever more seldom. */
    @Test
    void aCutIsNoticedAtBothEndsThoughBothGoOnTalking() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        try (Line line = new Line(at)) {
            assertThat(guest.reaches(host, line.port())).isTrue();
            TimeUnit.SECONDS.sleep(Pulses.SILENT_SECONDS + 3);
            assertThat(guest.down).as("who has nothing to say is heard all the same").isEmpty();
            line.cut();
            guest.up.take().peerLink().send(push(10));
            host.up.take().peerLink().send(push(10));
            // Sooner than gRPC would notice it.
            assertThat(guest.down.poll(Pulses.SILENT_SECONDS + 4, TimeUnit.SECONDS)).isNotNull();
            assertThat(host.down.poll(Pulses.SILENT_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }
    }

    /** Else a store that takes its time would cost the link. */
    @Test
    void whoDoesNotTakeWhatComesDoesNotTakeItsPeerForSilent() throws Exception {
        int at = host.port.listen("127.0.0.1", 0);
        host.busy = true;
        assertThat(guest.reaches(host, at)).isTrue();
        PeerLink link = guest.up.take().peerLink();
        for (int i = 0; i < 20; i++) {
            link.send(push(MEGABYTE / 4));
        }
        assertThat(host.down.poll(Pulses.SILENT_SECONDS + 3, TimeUnit.SECONDS)).isNull();
        assertThat(guest.down).isEmpty();
    }

    /** Hands on what comes at a port, until it is cut: then all stays open, and nothing comes through. */
    private static final class Line implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<Socket> ends = new CopyOnWriteArrayList<>();
        private volatile boolean cut;

        Line(int to) throws IOException {
            Thread accepting = new Thread(() -> {
                try {
                    Socket from = server.accept();
                    Socket onward = new Socket("127.0.0.1", to);
                    ends.addAll(List.of(from, onward));
                    new Thread(() -> handOn(from, onward)).start();
                    handOn(onward, from);
                } catch (IOException e) {
                    cut = true;
                }
            });
            accepting.start();
        }

        private void handOn(Socket from, Socket to) {
            byte[] buffer = new byte[8192];
            try {
                for (int count = from.getInputStream().read(buffer); count >= 0; count = from.getInputStream().read(buffer)) {
                    if (!cut) {
                        to.getOutputStream().write(buffer, 0, count);
                    }
                }
            } catch (IOException e) {
                cut = true;
            }
        }

        int port() {
            return server.getLocalPort();
        }

        void cut() {
            cut = true;
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket end : ends) {
                end.close();
            }
        }
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        for (int i = 0; i < PATIENCE_SECONDS * 20; i++) {
            if (condition.call()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError("Nothing came of it.");
    }

    private Message push(int bytes) {
        return new Message.Push(Fixture.MESH, List.of(commit(bytes)));
    }

    private SignedCommit commit(int bytes) {
        return new SignedCommit(new Author(guest.key.id(), 1), 1, new byte[bytes], new byte[64]);
    }
}
