package lattice.mesh.internal.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.kernel.membership.Role;
import lattice.mesh.internal.link.Conversation;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.TlsIdentity;
import lattice.mesh.internal.node.Fixture;
import lattice.mesh.internal.node.Fixture.Key25519;
import lattice.mesh.internal.node.Fixture.MemoryMeta;
import lattice.mesh.internal.node.Fixture.SharedMembers;
import lattice.mesh.internal.node.Logged;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JoiningTest {
    private static final StoreId OTHER_MESH = new StoreId("0e".repeat(32));

    private final Logged log = new Logged();
    private final List<AutoCloseable> opened = new ArrayList<>(List.of(log));
    private final Key25519 host = newKey();
    private final SharedMembers members = new SharedMembers(host.id());
    /** Of another mesh that the host is in. */
    private final SharedMembers others = new SharedMembers(host.id());
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Invites invites;
    private String address;

    private static Key25519 newKey() {
        try {
            return Key25519.random();
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class TestClock extends Clock {
        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @BeforeEach
    void open() throws Exception {
        invites = new Invites(new MemoryMeta(), new TestClock());
        LinkPort port = port(host, doorman());
        address = "127.0.0.1:" + port.listen("127.0.0.1", 0);
    }

    private Doorman doorman() {
        Map<StoreId, SharedMembers> meshes = Map.of(Fixture.MESH, members, OTHER_MESH, others);
        return new Doorman(host.id(), invites, mesh -> Optional.ofNullable(meshes.get(mesh)).map(of -> of.of(host.id())));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private LinkPort port(Key25519 key, LinkPort.Doorkeeper doorkeeper) throws Exception {
        LinkPort port = new LinkPort(new TlsIdentity(key), doorkeeper);
        opened.add(port);
        return port;
    }

    private Token invite(Role role) {
        return invites.open(Fixture.MESH, host.id(), role, Duration.ofHours(1), List.of(address));
    }

    private Key25519 ask(Token token) throws Exception {
        Key25519 guest = newKey();
        ask(guest, token);
        return guest;
    }

    /** Somebody asks and is refused, which is told both to him and to whoever looks after the inviter. */
    private void isRefused(Token token, String why) {
        Key25519 guest = newKey();
        assertThatThrownBy(() -> ask(guest, token)).isInstanceOf(IOException.class).hasMessageContaining(why);
        assertThat(log.says("Node " + guest.id().shortId(), "127.0.0.1", token.mesh().shortId(), "refused", why)).isTrue();
    }

    private void ask(Key25519 guest, Token token) throws Exception {
        try (LinkPort port = port(guest, null)) {
            new Visitor(guest.id(), port).ask(token, "guest", List.of("10.0.0.9:7473"));
        }
    }

    @Test
    void whoHoldsAnInvitationIsLetIn() throws Exception {
        Key25519 guest = ask(Token.parse(invite(Role.MEMBER).text()));

        assertThat(members.get(guest.id()).present()).isTrue();
        assertThat(members.get(guest.id()).role()).isEqualTo(Role.MEMBER);
        assertThat(members.get(guest.id()).addresses()).containsExactly("10.0.0.9:7473");
        assertThat(invites.count()).isZero();
    }

    @Test
    void anInvitationIsGoodOnce() throws Exception {
        Token token = invite(Role.ADMIN);
        ask(token);

        isRefused(token, "used before");
    }

    /** The answer may have been lost on its way. */
    @Test
    void whoWasLetInIsToldSoAgain() throws Exception {
        Token token = invite(Role.MEMBER);
        Key25519 guest = ask(token);
        ask(guest, token);
        ask(guest, invite(Role.MEMBER));

        assertThat(members.get(guest.id()).role()).isEqualTo(Role.MEMBER);
        assertThatThrownBy(() -> ask(token)).hasMessageContaining("used before");
    }

    @Test
    void anInvitationThatTheMeshKnowsAsUsedIsRefusedThoughItIsStillOpenHere() throws Exception {
        Token token = invite(Role.MEMBER);
        members.of(host.id()).grant(newKey().id(), Role.MEMBER, Optional.of(token.secretHash()), "", List.of());

        isRefused(token, "used before");
    }

    @Test
    void anInvitationEnds() {
        Token token = invite(Role.MEMBER);
        now = now.plus(Duration.ofMinutes(61));

        isRefused(token, "ended at 2026-01-01T01:00:00Z");
    }

    @Test
    void alteredAndGuessedSecretsAreRefused() {
        Token token = invite(Role.MEMBER);
        byte[] secret = token.secret().clone();
        secret[0] ^= 1;

        isRefused(new Token(token.mesh(), token.inviter(), token.number(), secret, token.addresses()), "not valid");
        isRefused(new Token(token.mesh(), token.inviter(), new byte[8], token.secret(), token.addresses()), "not valid");
        isRefused(new Token(new StoreId("6".repeat(64)), token.inviter(), token.number(), token.secret(), token.addresses()),
                "not valid");
        assertThat(members.of(host.id()).members()).hasSize(1);
        assertThat(invites.count()).isEqualTo(1);
    }

    @Test
    void anInvitationToOneMeshLetsNobodyIntoAnother() {
        Token token = invite(Role.MEMBER);

        isRefused(new Token(OTHER_MESH, token.inviter(), token.number(), token.secret(), token.addresses()), "not valid");
        assertThat(others.of(host.id()).members()).hasSize(1);
        assertThat(invites.count()).isEqualTo(1);
    }

    /** It may be one that was let in long ago, and is to become an administrator. */
    @Test
    void aMemberThatBringsAnInvitationForMoreBecomesMore() throws Exception {
        Key25519 guest = ask(invite(Role.MEMBER));
        ask(guest, invite(Role.ADMIN));

        assertThat(members.get(guest.id()).role()).isEqualTo(Role.ADMIN);
    }

    @Test
    void ofWhatAVisitorSaysOfItselfNothingCommandsATerminalOrFillsTheStore() throws Exception {
        Key25519 guest = newKey();
        List<String> addresses = new ArrayList<>(List.of("no address", "10.0.0.1:99999999"));
        IntStream.range(1, 30).forEach(i -> addresses.add("10.0.0." + i + ":7473"));
        Token token = invite(Role.MEMBER);
        byte[] nonce = new byte[Handshake.NONCE_BYTES];
        Doorman doorman = doorman();
        LinkPort.Visit visit = doorman.visit(guest.id(), Fixture.MESH, new InetSocketAddress("10.1.2.3", 1));
        byte[] challenge = visit.hear(new Handshake.Hello(token.number(), nonce).encode()).bytes();
        byte[] mac = Handshake.mac(token.secret(), token.mesh(), host.id(), guest.id(), Handshake.Challenge.decode(challenge).nonce(),
                nonce);
        assertThat(visit.hear(new Handshake.Proof(mac, " \u001b[31mgue\nst ", addresses.subList(0, 8)).encode()).last()).isTrue();

        assertThat(members.get(guest.id()).name()).isEqualTo("[31mguest");
        assertThat(members.get(guest.id()).addresses()).hasSize(6).doesNotContain("no address", "10.0.0.1:99999999");
    }

    /** Who has many addresses may try more, but not as often as he likes, and does not fill the log. */
    @Test
    void guessingFromManyPlacesIsSlowedDownAsWell() throws Exception {
        Doorman doorman = doorman();
        Key25519 guest = newKey();
        int heard = 0;
        for (int i = 0; i < 200; i++) {
            LinkPort.Visit visit = doorman.visit(guest.id(), Fixture.MESH, new InetSocketAddress("10.1.2." + i, 1));
            LinkPort.Word word = visit.hear(new Handshake.Hello(new byte[8], new byte[Handshake.NONCE_BYTES]).encode());
            heard += word.last() ? 0 : 1;
        }

        assertThat(heard).isBetween(50, 60);
        assertThat(log.count("10.1.2.", "refused", "Too many have tried")).isBetween(20L, 25L);
    }

    /** The mesh's record of who used it is made only by the first of them. */
    @Test
    void ofTwoWhoComeAtOnceWithOneInvitationOneIsLetIn() throws Exception {
        Token token = invite(Role.MEMBER);
        CountDownLatch granting = new CountDownLatch(1);
        CountDownLatch both = new CountDownLatch(2);
        members.beforeGrant(() -> {
            granting.countDown();
            both.countDown();
            await(both, 1);
        });
        FutureTask<Key25519> first = new FutureTask<>(() -> ask(token));
        new Thread(first).start();
        await(granting, 20);
        FutureTask<Key25519> second = new FutureTask<>(() -> ask(token));
        new Thread(second).start();

        assertThat(members.get(first.get(20, TimeUnit.SECONDS).id()).present()).isTrue();
        assertThatThrownBy(() -> second.get(20, TimeUnit.SECONDS)).hasMessageContaining("used before");
        assertThat(members.of(host.id()).members()).hasSize(2);
    }

    private static void await(CountDownLatch latch, int seconds) {
        try {
            latch.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void onlySoManyInvitationsAreOpen() {
        assertThatThrownBy(() -> {
            for (int i = 0; i <= 1_000; i++) {
                invite(Role.MEMBER);
            }
        }).isInstanceOf(IllegalStateException.class).hasMessageContaining("1000 open invitations");
        now = now.plus(Duration.ofDays(2));
        assertThat(invite(Role.MEMBER)).isNotNull();
        assertThat(invites.count()).as("those that have ended are forgotten").isEqualTo(1);
    }

    @Test
    void aProofIsOfEverythingThatMakesUpItsSession() {
        byte[] secret = new byte[Token.SECRET_BYTES];
        byte[] nonce = new byte[Handshake.NONCE_BYTES];
        byte[] otherNonce = nonce.clone();
        otherNonce[0] = 1;
        byte[] otherSecret = secret.clone();
        otherSecret[0] = 1;
        NodeId visitor = newKey().id();
        List<byte[]> macs = List.of(Handshake.mac(secret, Fixture.MESH, host.id(), visitor, nonce, nonce),
                Handshake.mac(otherSecret, Fixture.MESH, host.id(), visitor, nonce, nonce),
                Handshake.mac(secret, OTHER_MESH, host.id(), visitor, nonce, nonce),
                Handshake.mac(secret, Fixture.MESH, visitor, visitor, nonce, nonce),
                Handshake.mac(secret, Fixture.MESH, host.id(), host.id(), nonce, nonce),
                Handshake.mac(secret, Fixture.MESH, host.id(), visitor, otherNonce, nonce),
                Handshake.mac(secret, Fixture.MESH, host.id(), visitor, nonce, otherNonce));

        assertThat(macs.stream().map(HexFormat.of()::formatHex)).doesNotHaveDuplicates();
    }

    @Test
    void guessingIsSlowedDown() {
        Token token = invite(Role.MEMBER);
        Token wrong = new Token(token.mesh(), token.inviter(), token.number(), new byte[16], token.addresses());
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> ask(wrong)).hasMessageContaining("not valid");
        }
        assertThatThrownBy(() -> ask(wrong)).hasMessageContaining("Too many have tried");
        assertThatThrownBy(() -> ask(token)).hasMessageContaining("Too many have tried");
        assertThat(log.count("127.0.0.1", "refused")).as("who tries and tries does not fill the log").isEqualTo(3);
    }

    @Test
    void anotherNodeThanTheInviterIsNotEvenAsked() throws Exception {
        Key25519 impostor = newKey();
        boolean[] asked = new boolean[1];
        LinkPort port = port(impostor, (peer, mesh, from) -> message -> {
            asked[0] = true;
            return new LinkPort.Word(new byte[0], true);
        });
        String elsewhere = "127.0.0.1:" + port.listen("127.0.0.1", 0);
        Token token = invites.open(Fixture.MESH, host.id(), Role.MEMBER, Duration.ofHours(1), List.of(elsewhere));

        assertThatThrownBy(() -> ask(token)).hasMessageContaining("it is node " + impostor.id().shortId());
        assertThat(asked[0]).isFalse();
    }

    /** What one visitor said in its session is worth nothing to another, or in another session. */
    @Test
    void aProofIsGoodForOneSessionOnly() throws Exception {
        Token token = invite(Role.MEMBER);
        Key25519 guest = newKey();
        byte[] nonce = new byte[Handshake.NONCE_BYTES];
        byte[] heard;
        try (LinkPort port = port(guest, null);
                Conversation conversation = port.visit(token.mesh(), host.id(), "127.0.0.1", Addresses.port(address))) {
            conversation.open();
            byte[] challenge = conversation.say(new Handshake.Hello(token.number(), nonce).encode());
            heard = Handshake.mac(token.secret(), token.mesh(), host.id(), guest.id(),
                    Handshake.Challenge.decode(challenge).nonce(), nonce);
        }
        for (Key25519 replaying : List.of(guest, newKey())) {
            try (LinkPort port = port(replaying, null);
                    Conversation conversation = port.visit(token.mesh(), host.id(), "127.0.0.1",
                            Addresses.port(address))) {
                conversation.open();
                conversation.say(new Handshake.Hello(token.number(), nonce).encode());
                byte[] answer = conversation.say(new Handshake.Proof(heard, "", List.of()).encode());
                assertThat(Handshake.Answer.decode(answer).refusal()).contains("not valid");
                assertThat(log.says("Node " + replaying.id().shortId(), "refused", "not valid")).isTrue();
            }
        }
        assertThat(members.of(host.id()).members()).hasSize(1);
    }

    @Test
    void tokensThatAreMistypedAreToldFromWrongOnes() {
        String text = invite(Role.MEMBER).text();

        assertThat(Token.parse(text).text()).isEqualTo(text);
        assertThatThrownBy(() -> Token.parse(text.substring(0, text.length() - 3))).hasMessageContaining("damaged");
        assertThatThrownBy(() -> Token.parse(text.substring(0, 30) + "A" + text.substring(31) + "A"))
                .hasMessageContaining("damaged");
        assertThatThrownBy(() -> Token.parse("hello")).hasMessageContaining("starts with lattice-");
        assertThatThrownBy(() -> Token.parse("lattice-!!")).isInstanceOf(IllegalArgumentException.class);
    }
}
