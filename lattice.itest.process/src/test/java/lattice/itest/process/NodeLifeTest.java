package lattice.itest.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import lattice.testkit.process.Await;
import lattice.testkit.process.FreePort;
import lattice.testkit.process.NodeProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person does with a node, from the first start to the last. */
class NodeLifeTest {
    private static final String IRC = "lattice.irc-gateway";
    private static final String GUESTBOOK = "lattice.guestbook";

    @TempDir
    Path home;

    @Test
    void declaredConsentedKilledRestartedAndWithdrawn() throws Exception {
        int port;
        try (NodeProcess node = NodeProcess.start(home)) {
            port = declareOnFreePort(node);
            assertThat(Services.state(node, IRC)).isEqualTo("AwaitingConsent");
            assertThat(IrcClient.accepts(port)).as("the port is closed without consent").isFalse();

            node.must("lattice:consent " + IRC + " FollowMesh");
            Services.awaitState(node, IRC, "Running");
            try (IrcClient ann = IrcClient.register(port, "ann"); IrcClient bob = IrcClient.register(port, "bob")) {
                bob.send("JOIN #lattice");
                bob.until(line -> line.contains(" 366 "));
                ann.send("JOIN #lattice");
                ann.until(line -> line.contains(" 366 "));
                // Who opens a channel has its rights.
                bob.send("TOPIC #lattice :Our own machines");
                bob.until(line -> line.contains("TOPIC #lattice :Our own machines"));
                ann.send("PRIVMSG #lattice :Is anybody there?");
                assertThat(bob.until(line -> line.contains("PRIVMSG"))).last().asString()
                        .startsWith(":ann!").endsWith("PRIVMSG #lattice :Is anybody there?");
            }
            node.kill();
        }
        try (NodeProcess node = NodeProcess.start(home)) {
            Services.awaitState(node, IRC, "Running");
            try (IrcClient bob = IrcClient.register(port, "bob")) {
                bob.send("JOIN #lattice");
                List<String> joined = bob.until(line -> line.contains("Is anybody there?"));
                assertThat(joined).anyMatch(line -> line.contains(" 332 bob #lattice :Our own machines"));
            }
            node.must("lattice:consent " + IRC + " Block");
            assertThat(IrcClient.accepts(port)).as("the port is closed when the command returns").isFalse();
            assertThat(Services.state(node, IRC)).isEqualTo("Refused");
            node.stop();
        }
        try (NodeProcess node = NodeProcess.start(home)) {
            assertThat(Services.state(node, IRC)).isEqualTo("Refused");
            assertThat(IrcClient.accepts(port)).isFalse();
        }
    }

    @Test
    void whatWasAnsweredIsThereAfterSigkill() throws Exception {
        ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();
        int writers = 4;
        ExecutorService pool = Executors.newFixedThreadPool(writers);
        try (NodeProcess node = NodeProcess.start(home)) {
            List<Future<Void>> writing = IntStream.range(0, writers).mapToObj(writer -> pool.submit((Callable<Void>) () -> {
                for (int i = 0; i < 10_000; i++) {
                    String key = "/writers/" + writer + "/" + i;
                    if (node.exec("lattice:put " + key + " " + i).status() == 0) {
                        answered.add(key);
                    }
                }
                return null;
            })).toList();
            Await.that("some writes are answered", Duration.ofSeconds(60), () -> answered.size() >= 100);
            node.kill();
            for (Future<Void> writer : writing) {
                // Each ends when its connection does: the node is gone.
                assertThat(writer).failsWithin(Duration.ofSeconds(30));
            }
        } finally {
            pool.shutdownNow();
        }
        try (NodeProcess node = NodeProcess.start(home)) {
            String listed = node.must("lattice:list /writers --limit 100000");
            List<String> keys = listed.lines().map(line -> line.split("\\s+")[0]).toList();
            assertThat(keys).containsAll(answered);
        }
    }

    @Test
    void stoppedAndStartedAgain() throws Exception {
        String id;
        try (NodeProcess node = NodeProcess.start(home)) {
            id = node.must("lattice:node --json");
            node.must("lattice:put /notes/today 'buy milk'");
            node.must("lattice:tags add gateway");
            declareOnFreePort(node, "--policy", "tagged:gateway");
            node.must("lattice:consent " + IRC + " FollowMesh");
            Services.awaitState(node, IRC, "Running");
            node.stop();
        }
        try (NodeProcess node = NodeProcess.start(home)) {
            assertThat(node.must("lattice:get /notes/today")).isEqualTo("buy milk");
            assertThat(node.must("lattice:node --json").substring(0, 80)).isEqualTo(id.substring(0, 80));
            Services.awaitState(node, IRC, "Running");
            node.must("lattice:tags remove gateway");
            Services.awaitState(node, IRC, "Declared");
        }
    }

    @Test
    void aBundleIsDroppedInAndTakenOut() throws Exception {
        Path guestbook = Path.of(System.getProperty("lattice.guestbook"));
        try (NodeProcess node = NodeProcess.start(home)) {
            declareOnFreePort(node);
            node.must("lattice:consent " + IRC + " AlwaysAllow");
            Services.awaitState(node, IRC, "Running");
            String running = Services.why(node, IRC).path("since").asText();

            node.must("lattice:deploy " + guestbook);
            node.must("lattice:declare " + GUESTBOOK + " --set port=0");
            Services.awaitState(node, GUESTBOOK, "AwaitingConsent");
            node.must("lattice:consent " + GUESTBOOK + " FollowMesh");
            Services.awaitState(node, GUESTBOOK, "Running");
            int port = Services.port(node, GUESTBOOK);
            assertThat(IrcClient.accepts(port)).isTrue();

            try (var deployed = Files.list(home.resolve("deploy"))) {
                for (Path file : deployed.toList()) {
                    Files.delete(file);
                }
            }
            Services.awaitState(node, GUESTBOOK, "Waiting");
            assertThat(IrcClient.accepts(port)).isFalse();
            assertThat(Services.why(node, IRC).path("since").asText()).as("the other service was left alone")
                    .isEqualTo(running);
        }
    }

    private static int declareOnFreePort(NodeProcess node, String... options) throws Exception {
        int port = FreePort.find();
        node.must("lattice:declare " + IRC + " --set port=" + port + " " + String.join(" ", options));
        return port;
    }
}
