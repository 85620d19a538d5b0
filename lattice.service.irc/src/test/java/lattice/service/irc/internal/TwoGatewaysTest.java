package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gateways that share a store share their channels. */
@Timeout(120)
class TwoGatewaysTest {
    private static final int EACH = 200;
    private static final Map<String, Object> FAST = Map.of("linesPerSecond", 1000L, "burstLines", 10_000L);

    @Test
    void allSeeAllLinesOnceAndInOneOrder() throws Exception {
        InMemoryStore store = TestGateway.store();
        ExecutorService senders = Executors.newFixedThreadPool(4);
        try (TestGateway one = TestGateway.start(store, FAST); TestGateway two = TestGateway.start(store, FAST);
                LineClient a = one.connect("anna"); LineClient b = one.connect("bert");
                LineClient c = two.connect("carl"); LineClient d = two.connect("dora")) {
            List<LineClient> clients = List.of(a, b, c, d);
            for (LineClient client : clients) {
                client.send("CAP REQ echo-message");
                client.join("#lattice");
            }
            a.sync();
            c.sync();
            List<Future<?>> sent = new ArrayList<>();
            for (LineClient client : clients) {
                sent.add(senders.submit(() -> {
                    for (int i = 0; i < EACH; i++) {
                        client.send("PRIVMSG #lattice :" + i);
                    }
                    return null;
                }));
            }
            List<List<String>> seen = new ArrayList<>();
            for (LineClient client : clients) {
                List<String> lines = new ArrayList<>();
                while (lines.size() < clients.size() * EACH) {
                    lines.addAll(client.readUntil(" PRIVMSG #lattice ").stream()
                            .filter(line -> line.contains(" PRIVMSG ")).toList());
                }
                assertThat(client.sync()).isEmpty();
                seen.add(lines);
            }
            for (Future<?> sender : sent) {
                sender.get();
            }
            assertThat(seen.get(0)).doesNotHaveDuplicates().hasSize(clients.size() * EACH);
            assertThat(seen).allSatisfy(lines -> assertThat(lines).isEqualTo(seen.get(0)));
            assertThat(seen.get(0).stream().filter(line -> line.startsWith(":anna!")).map(line -> line.replaceAll(".*:", "")))
                    .containsExactlyElementsOf(IntStream.range(0, EACH).mapToObj(String::valueOf).toList());
        } finally {
            senders.shutdownNow();
        }
    }

    @Test
    void topicsAndModesGoAcross() throws Exception {
        InMemoryStore store = TestGateway.store();
        try (TestGateway one = TestGateway.start(store, Map.of()); TestGateway two = TestGateway.start(store, Map.of());
                LineClient alice = one.connect("alice"); LineClient bob = two.connect("bob")) {
            alice.join("#lattice");
            bob.join("#lattice");
            alice.send("TOPIC #lattice :all over the mesh");
            bob.expect(":alice!~alice@127.0.0.1 TOPIC #lattice :all over the mesh");
            alice.send("MODE #lattice +mk-t key", "MODE #lattice +b spam!*@*", "MODE #lattice -b spam!*@*");
            bob.expect(":alice!~alice@127.0.0.1 MODE #lattice +mk-t key",
                    ":alice!~alice@127.0.0.1 MODE #lattice +b spam!*@*",
                    ":alice!~alice@127.0.0.1 MODE #lattice -b spam!*@*");
            bob.send("MODE #lattice -m");
            alice.readUntil(":bob!~bob@127.0.0.1 MODE #lattice -m");
        }
    }
}
