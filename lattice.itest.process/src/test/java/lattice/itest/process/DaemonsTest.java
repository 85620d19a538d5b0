package lattice.itest.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.client.ClientSettings;
import lattice.client.NodeAddress;
import lattice.client.NodeConnection;
import lattice.testkit.process.Await;
import lattice.testkit.process.NodeProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Daemons as a node's owner has to do with them: a file, a declaration, a consent. */
@Timeout(300)
class DaemonsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration BOUND = Duration.ofSeconds(60);

    @TempDir
    Path home;

    private void describe(String name, String readiness, String script) throws Exception {
        Path daemons = home.resolve("daemons");
        if (!Files.isDirectory(daemons)) {
            Files.createDirectory(daemons, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Map<String, Object> daemon = Map.of("command", "/bin/sh", "arguments", List.of("-c", script), "readiness",
                JSON.readTree(readiness), "stopSeconds", 1);
        Path file = daemons.resolve(name + ".daemon.json");
        Files.writeString(file, JSON.writeValueAsString(Map.of("v", 1, "id", "test." + name, "title", name, "version", "1",
                "publisher", "Tests", "policy", Map.of("type", "Global"), "schema", Map.of("type", "object"),
                "daemon", daemon)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static Map<String, JsonNode> daemons(NodeProcess node) throws Exception {
        Map<String, JsonNode> rows = new HashMap<>();
        JSON.readTree(node.must("lattice:daemons --json")).forEach(row -> rows.put(row.path("file").asText(), row));
        return rows;
    }

    private Path work(String service) throws Exception {
        try (Stream<Path> directories = Files.list(home.resolve("work"))) {
            return directories.filter(each -> each.getFileName().toString().endsWith(service)).findFirst().orElseThrow();
        }
    }

    /** What a daemon has written into its directory, once it has. */
    private String written(String service, String name) throws Exception {
        Path file = work(service).resolve(name);
        Await.that(file + " is written", BOUND, () -> Files.exists(file) && Files.size(file) > 0);
        return Files.readString(file).strip();
    }

    private static boolean lives(String pid) {
        return ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isPresent();
    }

    @Test
    void fromAFileToARunningDaemonAndBack() throws Exception {
        try (NodeProcess node = NodeProcess.start(home)) {
            describe("clock", "{\"line\":\"ready\"}", "echo $$ > pid; echo ready http://127.0.0.1:8099; echo tick; exec sleep 1000");
            Path bad = Files.writeString(home.resolve("daemons/bad.daemon.json"), "{\"v\":1");
            Files.setPosixFilePermissions(bad, PosixFilePermissions.fromString("rw-------"));
            Await.that("both files are looked at", BOUND, () -> daemons(node).size() == 2);
            assertThat(daemons(node).get("clock.daemon.json").path("state").asText()).isEqualTo("offered");
            assertThat(daemons(node).get("bad.daemon.json").path("problem").asText()).startsWith("It is no JSON at line 1");
            assertThat(node.must("lattice:log bad.daemon.json")).contains("no descriptor that can be used");

            node.must("lattice:declare test.clock");
            Services.awaitState(node, "test.clock", "AwaitingConsent");
            try (Stream<Path> started = Files.list(home.resolve("work"))) {
                assertThat(started).as("what was run without consent").isEmpty();
            }
            assertThat(node.must("lattice:consent test.clock")).contains("echo tick");
            node.must("lattice:consent test.clock FollowMesh");
            Services.awaitState(node, "test.clock", "Running");
            assertThat(Services.port(node, "test.clock")).isEqualTo(8099);
            assertThat(node.must("lattice:isolate test.clock")).contains("It is a daemon");
            assertThat(node.exec("lattice:isolate test.clock node").err()).contains("a process of its own in any case");
            String first = written("test.clock", "pid");
            assertThat(Services.why(node, "test.clock").path("processId").asText()).isEqualTo(first);
            Await.that("its output is in its log", BOUND, () -> node.must("lattice:log test.clock").contains("tick"));
            assertThat(node.must("lattice:log -n 1000")).doesNotContain("tick");
            assertThat(node.must("lattice:log test.clock")).contains("clock.daemon.json").doesNotContain("bad.daemon.json");

            // It dies; its node and everything else go on, and it is back.
            ProcessHandle.of(Long.parseLong(first)).orElseThrow().destroyForcibly();
            Await.that("it is back", BOUND, () -> !written("test.clock", "pid").equals(first)
                    && Services.state(node, "test.clock").equals("Running"));
            assertThat(daemons(node).get("clock.daemon.json").path("lastExit").asText()).contains("ended by signal 9");
            assertThat(daemons(node).get("clock.daemon.json").path("restarts").asInt()).isEqualTo(1);

            // Another command needs another consent, and the old one does not go on.
            String second = written("test.clock", "pid");
            describe("clock", "{\"line\":\"ready\"}", "touch changed; echo $$ > pid; echo ready; exec sleep 1000");
            Services.awaitState(node, "test.clock", "AwaitingConsent");
            assertThat(lives(second)).isFalse();
            assertThat(work("test.clock").resolve("changed")).doesNotExist();
            node.must("lattice:consent test.clock FollowMesh");
            Services.awaitState(node, "test.clock", "Running");
            String third = written("test.clock", "pid");

            node.must("lattice:consent test.clock Block");
            assertThat(lives(third)).as("it runs when the command returns").isFalse();
            node.must("lattice:consent test.clock FollowMesh");
            Services.awaitState(node, "test.clock", "Running");
            String fourth = written("test.clock", "pid");
            Files.delete(home.resolve("daemons/clock.daemon.json"));
            Services.awaitState(node, "test.clock", "Waiting");
            assertThat(lives(fourth)).isFalse();
            assertThat(daemons(node)).containsOnlyKeys("bad.daemon.json");
            Path left = work("test.clock");
            node.must("lattice:undeclare test.clock");
            assertThat(node.must("lattice:daemons")).contains("lattice:clean test.clock");
            node.must("lattice:clean test.clock");
            assertThat(left).doesNotExist();
        }
    }

    @Test
    void aNodeThatIsKilledFindsWhatItLeftBehind() throws Exception {
        describe("stubborn", "{\"line\":\"ready\"}", """
                trap '' TERM; setsid sh -c 'trap "" TERM; echo $$ > detached; while :; do sleep 1; done' &
                echo $$ > pid; echo ready; while :; do sleep 1; done""");
        describe("caller", "{\"call\":true}", "env > env; exec sleep 1000");
        describe("crasher", "{\"line\":\"ready\"}", "echo I have no luck; exit 3");
        String own;
        String detached;
        ClientSettings told;
        try (NodeProcess node = NodeProcess.start(home)) {
            for (String service : List.of("test.stubborn", "test.crasher", "test.caller")) {
                node.must("lattice:declare " + service);
            }
            node.must("lattice:consent test.stubborn FollowMesh");
            node.must("lattice:consent test.crasher FollowMesh");
            Services.awaitState(node, "test.crasher", "BackingOff");
            assertThat(Services.why(node, "test.crasher").path("reason").asText())
                    .contains("ended with status 3").contains("It said last: I have no luck");

            // The test plays a client in the daemon's place: it has what the daemon was told.
            Thread consenting = new Thread(() -> {
                try {
                    node.must("lattice:consent test.caller FollowMesh");
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            consenting.start();
            Services.awaitState(node, "test.caller", "Starting");
            Await.that("it was started", BOUND, () -> Files.isDirectory(home.resolve("work"))
                    && Files.exists(work("test.caller").resolve("env")) && written("test.caller", "env").contains("LATTICE_RUN"));
            told = settings();
            try (NodeConnection connection = NodeConnection.open(told)) {
                assertThat(Services.state(node, "test.caller")).isEqualTo("Starting");
                connection.ready(List.of(new Endpoint("http", "127.0.0.1", 8098)));
                Services.awaitState(node, "test.caller", "Running");
                assertThat(Services.port(node, "test.caller")).isEqualTo(8098);
                connection.store().put(new Key("/state/test.caller/x"), "its own");
                assertThatThrownBy(() -> connection.store().put(new Key("/state/test.clock/x"), "another's"))
                        .isInstanceOf(StoreException.class);
            }
            consenting.join(BOUND.toMillis());
            own = written("test.stubborn", "pid");
            detached = written("test.stubborn", "detached");
            node.kill();
        }
        assertThat(lives(own)).as("a daemon outlives its node").isTrue();
        try (NodeProcess node = NodeProcess.start(home)) {
            String left = own;
            String leftToo = detached;
            Await.that("what was left behind is ended", BOUND, () -> !lives(left) && !lives(leftToo));
            Services.awaitState(node, "test.stubborn", "Running");
            own = written("test.stubborn", "pid");
            assertThatThrownBy(() -> NodeConnection.open(told)).as("the token of the run before")
                    .isInstanceOfSatisfying(StoreException.class,
                            e -> assertThat(e.code()).isEqualTo(StoreException.Code.DENIED));
            node.stop();
        }
        assertThat(lives(own)).as("it runs when its node has stopped").isFalse();
    }

    /** What was answered is there, what was not is written once all the same, and a watch shows each of it once. */
    @Test
    void aClientLosesNothingWhenItsNodeIsKilled() throws Exception {
        AtomicInteger answered = new AtomicInteger();
        AtomicBoolean enough = new AtomicBoolean();
        NodeProcess first = NodeProcess.start(home);
        String token = JSON.readTree(first.must("lattice:token create org.example.clock --json")).path("token").asText();
        NodeAddress socket = new NodeAddress.Socket(home.resolve("run/lattice.sock"));
        List<Integer> seen = new CopyOnWriteArrayList<>();
        try (first; NodeConnection connection = NodeConnection.open(
                new ClientSettings(socket, new ServiceId("org.example.clock"), token, BOUND))) {
            connection.store().watch(new Prefix("/state/org.example.clock"), new WatchStart.Now(), new WatchListener() {
                @Override
                public void changed(Changes changes) {
                    changes.changes().forEach(change -> seen.add(number(change.key())));
                }

                @Override
                public void ended(WatchEnd end) {
                    if (end instanceof WatchEnd.Failed) {
                        seen.add(-1);
                    }
                }
            });
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                while (!enough.get()) {
                    connection.store().put(new Key("/state/org.example.clock/" + answered.get()), "x");
                    answered.incrementAndGet();
                }
            });
            Await.that("it writes", BOUND, () -> answered.get() > 100);
            first.kill();
            int before = answered.get();
            try (NodeProcess second = NodeProcess.start(home)) {
                Await.that("it goes on", BOUND, () -> answered.get() > before + 100);
                enough.set(true);
                writing.get(BOUND.toSeconds(), TimeUnit.SECONDS);
                List<Integer> all = IntStream.range(0, answered.get()).boxed().toList();
                Await.that("all of it was seen", BOUND, () -> seen.size() >= all.size());
                assertThat(seen).isEqualTo(all);
                try (Stream<Entry> entries = connection.store().scan(new Prefix("/state/org.example.clock"))) {
                    assertThat(entries.map(entry -> number(entry.key()))).containsExactlyInAnyOrderElementsOf(all);
                }
            }
        }
    }

    private static int number(Key key) {
        return Integer.parseInt(key.path().substring(key.path().lastIndexOf('/') + 1));
    }

    private ClientSettings settings() throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String line : written("test.caller", "env").split("\n")) {
            environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        return ClientSettings.from(environment);
    }
}
