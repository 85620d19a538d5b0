package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GatewayTest {
    @Test
    void talksAndSaysWhereItListens() throws Exception {
        try (TestGateway gateway = TestGateway.start(TestGateway.store(), Map.of());
                LineClient alice = gateway.connect("alice");
                LineClient bob = gateway.connect("bob")) {
            assertThat(gateway.context().endpoints()).singleElement().satisfies(endpoint -> {
                assertThat(endpoint.protocol()).isEqualTo("irc");
                assertThat(endpoint.host()).isEqualTo("127.0.0.1");
            });
            alice.join("#lattice");
            bob.join("#lattice");
            alice.expect(":bob!~bob@127.0.0.1 JOIN #lattice");
            alice.send("PRIVMSG #lattice :hello there");
            bob.expect(":alice!~alice@127.0.0.1 PRIVMSG #lattice :hello there");
            bob.send("PRIVMSG alice :psst");
            alice.expect(":bob!~bob@127.0.0.1 PRIVMSG alice :psst");
        }
    }

    @Test
    void whatAClientDoesIsSeenInTheOrderItDidIt() throws Exception {
        try (TestGateway gateway = TestGateway.start(TestGateway.store(), Map.of("burstLines", 1000L));
                LineClient bob = gateway.connect("bob")) {
            bob.join("#lattice");
            for (int i = 0; i < 20; i++) {
                try (LineClient alice = gateway.connect("alice")) {
                    alice.join("#lattice");
                    alice.send("PRIVMSG #lattice :back soon", "NICK away", "PRIVMSG #lattice :or not", "NOTICE #lattice :bye",
                            "QUIT :gone");
                }
                bob.expect(":alice!~alice@127.0.0.1 JOIN #lattice",
                        ":alice!~alice@127.0.0.1 PRIVMSG #lattice :back soon",
                        ":alice!~alice@127.0.0.1 NICK away",
                        ":away!~alice@127.0.0.1 PRIVMSG #lattice :or not",
                        ":away!~alice@127.0.0.1 NOTICE #lattice :bye",
                        ":away!~alice@127.0.0.1 QUIT :Quit: gone");
            }
        }
    }

    @Test
    void historyAndTopicOutliveTheGateway() throws Exception {
        InMemoryStore store = TestGateway.store();
        try (TestGateway gateway = TestGateway.start(store, Map.of()); LineClient alice = gateway.connect("alice")) {
            alice.join("#lattice");
            alice.send("TOPIC #lattice :what we build", "PRIVMSG #lattice :first", "PRIVMSG #lattice :\u0001ACTION waves\u0001",
                    "MODE #lattice +m");
            alice.readUntil("MODE #lattice +m");
        }
        try (TestGateway gateway = TestGateway.start(store, Map.of()); LineClient bob = gateway.connect("bob")) {
            bob.send("JOIN #lattice");
            List<String> seen = bob.readUntil("waves");
            assertThat(seen).hasSize(7);
            assertThat(seen.get(1)).isEqualTo(":irc.lattice 332 bob #lattice :what we build");
            assertThat(seen.get(2)).startsWith(":irc.lattice 333 bob #lattice alice!~alice@127.0.0.1 ");
            assertThat(seen.get(5)).matches(":alice!~alice@127.0.0.1 PRIVMSG #lattice :\\[\\d\\d:\\d\\d:\\d\\d] first");
            assertThat(seen.get(6)).matches(
                    ":alice!~alice@127.0.0.1 PRIVMSG #lattice :\u0001ACTION \\[\\d\\d:\\d\\d:\\d\\d] waves\u0001");
            bob.send("MODE #lattice");
            bob.expect(":irc.lattice 324 bob #lattice +mnt");
        }
    }

    @Test
    void closingSaysGoodByeAndFreesThePort() throws Exception {
        TestGateway gateway = TestGateway.start(TestGateway.store(), Map.of());
        int port = gateway.port();
        try (LineClient alice = gateway.connect("alice")) {
            gateway.close();
            assertThat(alice.readToEnd()).containsExactly("ERROR :Closing Link: 127.0.0.1 (The gateway is closing)");
        }
        assertThatThrownBy(() -> new LineClient(port)).isInstanceOf(ConnectException.class);
        TestGateway.start(TestGateway.store(), Map.of("port", (long) port)).close();
    }

    @Test
    void aTakenPortIsABindException() throws Exception {
        try (TestGateway first = TestGateway.start(TestGateway.store(), Map.of())) {
            Map<String, Object> same = Map.of("port", (long) first.port());
            assertThatThrownBy(() -> TestGateway.start(TestGateway.store(), same))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("port " + first.port());
        }
    }
}
