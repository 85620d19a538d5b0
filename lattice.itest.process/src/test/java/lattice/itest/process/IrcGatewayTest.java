package lattice.itest.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import lattice.testkit.process.Await;
import lattice.testkit.process.FreePort;
import lattice.testkit.process.NodeProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kitteh.irc.client.library.Client;
import org.kitteh.irc.client.library.event.channel.ChannelMessageEvent;
import org.kitteh.irc.client.library.event.channel.RequestedChannelJoinCompleteEvent;
import org.kitteh.irc.client.library.event.helper.ClientEvent;
import org.kitteh.irc.client.library.exception.KittehNagException;

/** Chat on a real node: its store, its registry, its consent; the gateway in the node's process and in one of its own. */
@Timeout(180)
class IrcGatewayTest {
    private static final String IRC = "lattice.irc-gateway";
    private static final int SEEN = 300;
    private static final Duration BACK = Duration.ofSeconds(60);

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {"node", "process"})
    void aClientLibraryTalks(String isolation) throws Exception {
        try (NodeProcess node = NodeProcess.start(home)) {
            int port = running(node, "--isolation " + isolation);
            assertThat(gateways(node)).hasSize(isolation.equals("process") ? 1 : 0);
            assertThat(Services.why(node, IRC).path("isolation").asText()).startsWith(isolation + ": ");
            assertThat(node.must("lattice:isolate " + IRC)).containsPattern("(?i)declared +" + isolation)
                    .containsPattern("(?i)owner +node");
            Client ann = client("ann", port);
            Client ben = client("ben", port);
            try {
                for (Client each : List.of(ann, ben)) {
                    CompletableFuture<RequestedChannelJoinCompleteEvent> joined =
                            next(each, RequestedChannelJoinCompleteEvent.class, event -> true);
                    each.addChannel("#lattice");
                    each.connect();
                    joined.get(20, TimeUnit.SECONDS);
                }
                CompletableFuture<ChannelMessageEvent> heard = next(ben, ChannelMessageEvent.class,
                        event -> event.getMessage().equals("hello"));
                ann.sendMessage("#lattice", "hello");
                assertThat(heard.get(20, TimeUnit.SECONDS).getActor().getNick()).isEqualTo("ann");
            } finally {
                ann.shutdown();
                ben.shutdown();
            }
        }
    }

    /** A line is shown to others only when it is on disk. */
    @Test
    void whatOthersSawIsThereAfterSigkill() throws Exception {
        List<String> seen = new ArrayList<>();
        int port;
        try (NodeProcess node = NodeProcess.start(home)) {
            port = running(node, "--set history=500", "--set retention=100000", "--set linesPerSecond=1000",
                    "--set burstLines=10000");
            try (IrcClient ann = joined(port, "ann"); IrcClient bob = joined(port, "bob")) {
                CompletableFuture<Integer> sent = CompletableFuture.supplyAsync(() -> sendUntilClosed(ann));
                while (seen.size() < SEEN) {
                    seen.add(last(bob.until(line -> line.contains(" PRIVMSG #lattice :line "))));
                }
                node.kill();
                assertThat(sent.get(30, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(SEEN);
                readRest(bob, seen);
            }
        }
        try (NodeProcess node = NodeProcess.start(home)) {
            Services.awaitState(node, IRC, "Running");
            try (IrcClient cat = IrcClient.register(port, "cat")) {
                cat.send("JOIN #lattice");
                cat.send("PING end");
                List<String> shown = cat.until(line -> line.endsWith(":end")).stream()
                        .filter(line -> line.contains(" PRIVMSG #lattice :"))
                        .map(line -> line.replaceFirst("\\[[^]]*] ", "")).toList();
                // Lines may have reached the disk that nobody was told of, but none that was seen is missing or moved.
                int first = shown.indexOf(seen.get(Math.max(0, seen.size() - SEEN / 2)));
                assertThat(first).isNotNegative();
                assertThat(shown.subList(first, shown.size()))
                        .startsWith(seen.subList(Math.max(0, seen.size() - SEEN / 2), seen.size()).toArray(String[]::new));
            }
        }
    }

    /**
     * The node does not notice more than that it has to start it again; and what people said is in the node's store. The
     * process is confined as the owner says.
     */
    @Test
    void aGatewayInItsOwnProcessIsBackAfterSigkill() throws Exception {
        try (NodeProcess node = NodeProcess.start(home)) {
            node.must("lattice:isolate " + IRC + " process --memory 256M --files 512 --processes 4"
                    + (sandboxes() ? " --sandbox network" : ""));
            int port = running(node);
            ProcessHandle first = gateways(node).get(0);
            assertThat(Files.readString(Path.of("/proc/" + first.pid() + "/limits"))).containsPattern("Max open files +512 +512 ");
            assertThat(first.parent().flatMap(parent -> parent.info().command()).filter(parent -> parent.endsWith("/bwrap"))
                    .isPresent()).as("is in a sandbox").isEqualTo(sandboxes());
            try (IrcClient ann = joined(port, "ann"); IrcClient bob = joined(port, "bob")) {
                ann.send("PRIVMSG #lattice :before");
                bob.until(line -> line.endsWith(" PRIVMSG #lattice :before"));
                first.destroyForcibly();
                first.onExit().get(20, TimeUnit.SECONDS);
            }
            Await.that("another gateway runs", BACK, () -> gateways(node).size() == 1
                    && Services.state(node, IRC).equals("Running"));
            assertShown(port, "before");
            assertThat(node.exec("lattice:node").status()).isZero();
        }
    }

    /** Health writes where no process outside the node may, so that is said before anything is stored or started. */
    @Test
    void whatIsOfTheNodeIsRefusedAProcessOfItsOwn() throws Exception {
        try (NodeProcess node = NodeProcess.start(home)) {
            for (String command : List.of("lattice:isolate lattice.health process",
                    "lattice:declare lattice.health --isolation process")) {
                assertThat(node.exec(command)).satisfies(answer -> {
                    assertThat(answer.status()).isNotZero();
                    assertThat(answer.out() + answer.err()).contains("it is of the node", "/health");
                });
            }
            assertThat(node.must("lattice:isolate lattice.health")).containsPattern("(?i)isolation +node");
        }
    }

    /** What is left of a killed node's gateway does not stand in the way of the next one's. */
    @Test
    void aGatewayInItsOwnProcessIsDealtWithAfterItsNodeWasKilled() throws Exception {
        int port;
        ProcessHandle orphan;
        try (NodeProcess node = NodeProcess.start(home)) {
            port = running(node, "--isolation process");
            try (IrcClient ann = joined(port, "ann"); IrcClient bob = joined(port, "bob")) {
                ann.send("PRIVMSG #lattice :before");
                bob.until(line -> line.endsWith(" PRIVMSG #lattice :before"));
                orphan = gateways(node).get(0);
                node.kill();
            }
            assertThat(orphan.isAlive()).isTrue();
            try (NodeProcess next = NodeProcess.start(home)) {
                Await.that("the next node's gateway runs", BACK, () -> !orphan.isAlive()
                        && Services.state(next, IRC).equals("Running") && gateways(next).size() == 1);
                assertShown(port, "before");
            }
        }
    }

    private static boolean sandboxes() throws Exception {
        try {
            if (new ProcessBuilder("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true").start().waitFor() == 0) {
                return true;
            }
        } catch (IOException e) {
            // Said below.
        }
        System.out.println("SKIPPED: bubblewrap is not installed here, or may not be used; no gateway ran in a sandbox.");
        return false;
    }

    private static void assertShown(int port, String text) throws Exception {
        try (IrcClient cat = IrcClient.register(port, "cat")) {
            cat.send("JOIN #lattice");
            cat.send("PING end");
            assertThat(cat.until(line -> line.endsWith(":end"))).anyMatch(line -> line.contains(text));
        }
    }

    private static List<ProcessHandle> gateways(NodeProcess node) {
        return ProcessHandle.of(node.pid()).stream().flatMap(ProcessHandle::descendants)
                .filter(process -> process.info().commandLine().filter(line -> line.matches("\\S*/java .* service")).isPresent())
                .toList();
    }

    private static int sendUntilClosed(IrcClient client) {
        int sent = 0;
        try {
            while (sent < 1_000_000) {
                client.send("PRIVMSG #lattice :line " + sent++);
            }
        } catch (IOException closed) {
            return sent;
        }
        throw new AssertionError("A million lines, and the node still runs.");
    }

    private static void readRest(IrcClient client, List<String> seen) {
        try {
            while (true) {
                seen.add(last(client.until(line -> line.contains(" PRIVMSG #lattice :line "))));
            }
        } catch (IOException closed) {
            return; // with the node, so this was all
        }
    }

    private static String last(List<String> lines) {
        return lines.get(lines.size() - 1);
    }

    private static IrcClient joined(int port, String nick) throws Exception {
        IrcClient client = IrcClient.register(port, nick);
        client.send("JOIN #lattice");
        client.until(line -> line.contains(" 366 "));
        return client;
    }

    private static int running(NodeProcess node, String... options) throws Exception {
        int port = FreePort.find();
        node.must("lattice:declare " + IRC + " --set port=" + port + " " + String.join(" ", options));
        node.must("lattice:consent " + IRC + " AlwaysAllow");
        Services.awaitState(node, IRC, "Running");
        return port;
    }

    private static Client client(String nick, int port) {
        return Client.builder().nick(nick).user(nick)
                .server().host("127.0.0.1").port(port, Client.Builder.Server.SecurityType.INSECURE).then()
                .listeners().exception(IrcGatewayTest::failed).then()
                .build();
    }

    private static void failed(Exception exception) {
        // It nags about connections without TLS, which is all there is on loopback.
        if (!(exception instanceof KittehNagException)) {
            throw new AssertionError(exception);
        }
    }

    private static <T extends ClientEvent> CompletableFuture<T> next(Client client, Class<T> type, Predicate<T> meant) {
        CompletableFuture<T> next = new CompletableFuture<>();
        client.getEventManager().registerEventListener(new EventWaiter<>(type, meant, next));
        return next;
    }
}
