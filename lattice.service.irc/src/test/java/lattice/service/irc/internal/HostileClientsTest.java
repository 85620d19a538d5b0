package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever one client does, two others keep chatting. */
@Timeout(120)
class HostileClientsTest {
    private TestGateway gateway;
    private LineClient alice;
    private LineClient bob;
    private final List<String> seen = new ArrayList<>();
    private int said;

    @BeforeEach
    void start() throws Exception {
        start(120);
    }

    private void start(long idleSeconds) throws Exception {
        // Those who are well-behaved chat fast here, so they need a higher rate than the default.
        gateway = TestGateway.start(TestGateway.store(), Map.of("linesPerSecond", 1000L, "burstLines", 200L,
                "sendQueueBytes", 65536L, "registrationSeconds", 2L, "idleSeconds", idleSeconds, "maxConnections", 12L,
                "maxConnectionsPerAddress", 10L));
        alice = gateway.connect("alice");
        bob = gateway.connect("bob");
        alice.join("#lattice");
        bob.join("#lattice");
        alice.sync();
    }

    @AfterEach
    void stop() throws Exception {
        alice.close();
        bob.close();
        gateway.close();
    }

    private void chat() throws IOException {
        String text = "line " + said++;
        alice.send("PRIVMSG #lattice :" + text);
        seen.addAll(bob.readUntil(":alice!~alice@127.0.0.1 PRIVMSG #lattice :" + text));
    }

    private void bobSees(String line) throws IOException {
        while (!seen.contains(line)) {
            seen.add(bob.read());
        }
    }

    @Test
    void aFlooderIsCutOff() throws Exception {
        try (LineClient flooder = gateway.connect("flooder")) {
            flooder.join("#lattice");
            byte[] flood = "PRIVMSG #lattice :spam\r\n".repeat(2000).getBytes(StandardCharsets.UTF_8);
            assertThatCode(() -> {
                for (int i = 0; i < 50; i++) {
                    flooder.sendBytes(flood);
                    chat();
                }
            }).satisfiesAnyOf(end -> assertThat(end).isNull(), end -> assertThat(end).isInstanceOf(SocketException.class));
            bobSees(":flooder!~flooder@127.0.0.1 QUIT :Excess Flood");
            chat();
        }
    }

    @Test
    void aSlowReaderIsCutOffAndHoldsNobodyUp() throws Exception {
        try (LineClient slow = gateway.connect("slow")) {
            slow.join("#lattice");
            slow.socket().setReceiveBufferSize(1024);
            bob.readUntil("slow!~slow@127.0.0.1 JOIN");
            String text = "x".repeat(400);
            boolean gone = false;
            for (int i = 0; i < 20_000 && !gone; i++) {
                alice.send("PRIVMSG #lattice :" + text);
                String line = bob.readUntil(text, "QUIT :SendQ exceeded").get(0);
                gone = line.equals(":slow!~slow@127.0.0.1 QUIT :SendQ exceeded");
            }
            assertThat(gone).isTrue();
            chat();
        }
    }

    @Test
    void giantLinesAreRefusedAndEndlessOnesEndTheConnection() throws Exception {
        try (LineClient giant = gateway.connect("giant")) {
            giant.join("#lattice");
            String fits = "PRIVMSG #lattice :" + "y".repeat(510 - 18);
            giant.send(fits, fits + "z", "PING after");
            giant.expect(":irc.lattice 417 giant :Input line was too long", ":irc.lattice PONG irc.lattice :after");
            String tags = "@+a=" + "t".repeat(4096 - 5) + " ";
            giant.send("CAP REQ message-tags", tags + fits, "@" + tags + fits, tags + fits + "z", "PING after");
            giant.expect(":irc.lattice CAP giant ACK :message-tags", ":irc.lattice 417 giant :Input line was too long",
                    ":irc.lattice 417 giant :Input line was too long", ":irc.lattice PONG irc.lattice :after");
            byte[] endless = new byte[100_000];
            Arrays.fill(endless, (byte) 'a');
            giant.sendBytes(endless);
            bob.readUntil(":giant!~giant@127.0.0.1 QUIT :Excess Flood");
            chat();
        }
    }

    @Test
    void whoNeverSaysWhoItIsAndWhoFallsSilentIsCutOff() throws Exception {
        stop();
        start(3);
        try (LineClient mute = gateway.connect(); LineClient pinging = gateway.connect();
                LineClient halfOpen = gateway.connect("halfopen")) {
            halfOpen.join("#lattice");
            AtomicBoolean done = new AtomicBoolean();
            Thread pinger = new Thread(() -> {
                while (!done.get()) {
                    for (LineClient client : List.of(alice, bob, pinging)) {
                        ping(client);
                    }
                }
            });
            pinger.start();
            try {
                assertThat(mute.readToEnd()).containsExactly("ERROR :Closing Link: 127.0.0.1 (Registration timed out)");
                assertThat(pinging.readUntil("Registration timed out")).isNotEmpty();
                assertThat(halfOpen.readUntil("PING ")).contains("PING :irc.lattice");
                bob.readUntil(":halfopen!~halfopen@127.0.0.1 QUIT :Ping timeout: ");
            } finally {
                done.set(true);
                pinger.join();
            }
            // Those who are heard of stay.
            chat();
        }
    }

    private static void ping(LineClient client) {
        try {
            client.send("PONG x");
            Thread.sleep(20);
        } catch (IOException closed) {
            // One of them is to be cut off; what the others see is what counts.
            assertThat(closed).isInstanceOf(SocketException.class);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void tooManyConnectionsAreTurnedAway() throws Exception {
        List<LineClient> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                crowd.add(gateway.connect("crowd" + i));
            }
            try (LineClient tooMany = gateway.connect()) {
                assertThat(tooMany.readToEnd()).containsExactly("ERROR :Closing Link: 127.0.0.1 (Too many connections)");
            }
            chat();
            crowd.remove(0).close();
            // The place is free when the server has seen that its client is gone.
            for (boolean in = false; !in;) {
                LineClient next = gateway.connect();
                next.send("NICK next", "USER next 0 * :x");
                in = !next.read().contains("Too many connections");
                crowd.add(next);
            }
        } finally {
            for (LineClient client : crowd) {
                client.close();
            }
        }
    }

    @Test
    void anyBytesAreTakenInStride() throws Exception {
        Random random = new Random(20261122);
        String[] pieces = {"PRIVMSG ", "NICK ", "JOIN ", "MODE ", "#lattice ", "#", ",", ":", " ", "\r\n", "\0", "@", "=", ";",
                "\\", "WHO ", "TOPIC ", "+k", "-o", "alice ", "CAP ", "REQ ", "LS ", "\u0001", "KICK ", "\r", "*", "!", "é", "0 "};
        for (int client = 0; client < 20; client++) {
            try (LineClient fuzz = gateway.connect("fuzz" + client)) {
                for (int i = 0; i < 40; i++) {
                    StringBuilder text = new StringBuilder();
                    for (int j = random.nextInt(30); j > 0; j--) {
                        text.append(pieces[random.nextInt(pieces.length)]);
                    }
                    byte[] bytes = text.append("\n").toString().getBytes(StandardCharsets.UTF_8);
                    for (int j = random.nextInt(3); j > 0; j--) {
                        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                    }
                    fuzz.sendBytes(bytes);
                }
                fuzz.send("", "PING fuzzed");
                assertThat(fuzz.readUntil(":fuzzed")).noneMatch(line -> line.contains("Internal error"));
            }
        }
        chat();
    }
}
