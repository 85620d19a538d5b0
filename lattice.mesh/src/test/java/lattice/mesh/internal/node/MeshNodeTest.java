package lattice.mesh.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.kernel.membership.Role;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.TlsIdentity;
import lattice.mesh.internal.node.Fixture.Key25519;
import lattice.mesh.internal.node.Fixture.MemoryLog;
import lattice.mesh.internal.node.Fixture.SharedMembers;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes with real TLS and gRPC on loopback. */
class MeshNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private SharedMembers members;
    private Peer ann;
    private Peer ben;
    private Peer cleo;

    private final class Peer {
        private final Key25519 key;
        private final LinkPort port;
        private final MemoryLog log = new MemoryLog(Fixture.MESH);
        private final String address;
        private MeshNode node;

        Peer(Key25519 key) throws Exception {
            this.key = key;
            port = new LinkPort(new TlsIdentity(key), (peer, mesh, from) -> {
                throw new AssertionError("Nobody asks to join here.");
            });
            address = "127.0.0.1:" + port.listen("127.0.0.1", 0);
            opened.add(port);
        }

        void start(Contact... seeds) {
            node = new MeshNode(members.of(key.id()), key.id(), List.of(address), List.of(seeds), port, Settings.DEFAULT, () -> { });
            node.add(log);
            opened.add(0, node);
        }

        void write(String text) {
            log.write(key.id(), text);
        }

        long holdsOf(Peer other) {
            return log.held().of(new Author(other.key.id(), 1));
        }
    }

    @BeforeEach
    void start() throws Exception {
        Key25519 first = Key25519.random();
        members = new SharedMembers(first.id());
        ann = new Peer(first);
        ben = new Peer(Key25519.random());
        cleo = new Peer(Key25519.random());
        for (Peer peer : List.of(ann, ben, cleo)) {
            members.put(peer.key.id(), Role.ADMIN, true, List.of(peer.address));
        }
        ann.start();
        ben.start();
        cleo.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.call()) {
            assertThat(Instant.now()).as(what).isBefore(end);
            Thread.sleep(20);
        }
    }

    private void awaitLinks() throws Exception {
        await("each has a link with each", () -> ann.node.neighbours().size() == 2 && ben.node.neighbours().size() == 2
                && cleo.node.neighbours().size() == 2);
    }

    @Test
    void writesReachEveryone() throws Exception {
        awaitLinks();
        for (int i = 0; i < 200; i++) {
            ann.write("a" + i);
            ben.write("b" + i);
        }
        await("all is everywhere", () -> ben.holdsOf(ann) == 200 && cleo.holdsOf(ann) == 200 && ann.holdsOf(ben) == 200
                && cleo.holdsOf(ben) == 200);
    }

    @Test
    void aLateNodeCatchesUpWithWhatIsLarge() throws Exception {
        cleo.node.close();
        String large = "x".repeat(100_000);
        for (int i = 0; i < 300; i++) {
            ann.write(large);
        }
        cleo.start();
        await("30 MB are there", () -> cleo.holdsOf(ann) == 300);
    }

    @Test
    void whoIsRemovedIsCutOffAtOnceAndStaysOut() throws Exception {
        awaitLinks();
        members.put(cleo.key.id(), Role.MEMBER, false, List.of());
        ann.write("not for Cleo");
        await("the others have it", () -> ben.holdsOf(ann) == 1);
        await("nobody has a link with it", () -> !ann.node.neighbours().contains(cleo.key.id())
                && !ben.node.neighbours().contains(cleo.key.id()));
        assertThat(cleo.holdsOf(ann)).isZero();
    }

    /** Such as who invited this node, once. */
    @Test
    void aSeedThatIsNoMemberAnyMoreIsNotTrustedAgainAfterARestart() throws Exception {
        awaitLinks();
        members.put(cleo.key.id(), Role.MEMBER, false, List.of(cleo.address));
        ben.node.close();
        ben.start(new Contact(cleo.key.id(), List.of(cleo.address)));
        await("there is a link", () -> ben.node.neighbours().contains(ann.key.id()));
        ann.write("not for Cleo");
        await("it is heard", () -> ben.holdsOf(ann) == 1);
        assertThat(ben.node.neighbours()).doesNotContain(cleo.key.id());
        assertThat(cleo.holdsOf(ann)).isZero();
    }

    @Test
    void aStrangerIsNotListenedTo() throws Exception {
        Logged log = new Logged();
        opened.add(log);
        awaitLinks();
        Peer eve = new Peer(Key25519.random());
        SharedMembers believed = new SharedMembers(ann.key.id());
        believed.put(eve.key.id(), Role.ADMIN, true, List.of(eve.address));
        MeshNode node = new MeshNode(believed.of(eve.key.id()), eve.key.id(), List.of(eve.address),
                List.of(new Contact(ann.key.id(), List.of(ann.address))), eve.port, Settings.DEFAULT, () -> { });
        opened.add(0, node);
        node.add(eve.log);
        eve.write("let me in");
        ann.write("private");
        await("the others have it", () -> ben.holdsOf(ann) == 1);
        await("it tried", () -> log.says(eve.key.id().shortId(), "is not a member", "refused"));
        assertThat(node.neighbours()).isEmpty();
        assertThat(eve.holdsOf(ann)).isZero();
        assertThat(ann.holdsOf(eve)).isZero();
    }

    @Test
    void whoAnswersWithAnotherKeyThanExpectedIsNoPeer() throws Exception {
        Peer dora = new Peer(Key25519.random());
        NodeId absent = Key25519.random().id();
        members.put(absent, Role.MEMBER, true, List.of(ann.address));
        members.put(dora.key.id(), Role.MEMBER, true, List.of());
        dora.node = new MeshNode(members.of(dora.key.id()), dora.key.id(), List.of(),
                List.of(new Contact(absent, List.of(ann.address))), dora.port, Settings.DEFAULT, () -> { });
        opened.add(0, dora.node);
        // Whom it was told to begin with it has dialled by then.
        await("it found the others", () -> dora.node.neighbours().containsAll(Set.of(ann.key.id(), ben.key.id(), cleo.key.id())));
        assertThat(dora.node.neighbours()).doesNotContain(absent);
    }

    @Test
    void aMemberThatPassesOnForgeriesIsKeptAway() throws Exception {
        awaitLinks();
        // A log that takes everything: what Ben passes on is what he himself did not check.
        SignedCommit forged = new SignedCommit(new Author(ann.key.id(), 7), 1, "not from Ann".getBytes(), new byte[64]);
        ben.node.remove(Fixture.MESH);
        ben.node.add(new Gullible(ben.key.id(), forged));
        await("the others have noticed", () -> !ann.node.neighbours().contains(ben.key.id()));
        assertThat(ann.log.held().of(forged.author())).isZero();
        assertThat(cleo.log.held().of(forged.author())).isZero();
    }

    @Test
    void noiseOnThePortHarmsNothing() throws Exception {
        awaitLinks();
        int port = Integer.parseInt(ann.address.substring(ann.address.indexOf(':') + 1));
        for (int i = 0; i < 20; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getOutputStream().write(("GET / HTTP/1.1\r\n\r\n" + "\0".repeat(i * 100)).getBytes());
            }
        }
        ann.write("still there");
        await("the others have it", () -> ben.holdsOf(ann) == 1 && cleo.holdsOf(ann) == 1);
    }
}
