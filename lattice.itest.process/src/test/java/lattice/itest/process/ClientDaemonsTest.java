package lattice.itest.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import lattice.testkit.process.Await;
import lattice.testkit.process.FreePort;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemons in {@code clients/}, each installed by its descriptor and started by consent. The tests of the clients, which
 * run earlier, have installed their programs; where a language is missing they have not, and this says so. Beside them the
 * service of a bundle, in a process of its own.
 */
@Timeout(300)
class ClientDaemonsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final Path SOURCES = Path.of(System.getProperty("lattice.script")).resolveSibling("clients");
    private static final Path INSTALLED = SOURCES.resolveSibling("lattice.rpc/target/clients");
    private static final Path BRIDGE = INSTALLED.resolve("python/venv/bin/lattice-webhook-bridge");
    private static final Path NOTIFIER = INSTALLED.resolve("node/tree/clients/node/bin/notifier.js");
    private static final Path MIRROR = INSTALLED.resolve("go/bin/lattice-mirror");

    @TempDir
    static Path home;
    @TempDir
    static Path scratch;

    private static NodeProcess node;

    @BeforeAll
    static void start() throws Exception {
        Path programs = Files.createDirectory(scratch.resolve("bin"));
        for (Map.Entry<String, Path> program : Map.of("lattice-webhook-bridge", BRIDGE, "lattice-notifier", NOTIFIER,
                "lattice-mirror", MIRROR).entrySet()) {
            if (Files.exists(program.getValue())) {
                // As an installer leaves them.
                Files.setPosixFilePermissions(program.getValue(), PosixFilePermissions.fromString("rwxr-xr-x"));
                Files.createSymbolicLink(programs.resolve(program.getKey()), program.getValue());
            }
        }
        node = NodeProcess.start(Lattice.here().withEnvironment("PATH", programs + ":" + System.getenv("PATH")), home);
    }

    @AfterAll
    static void stop() throws Exception {
        if (node != null) {
            node.stop();
            node.close();
        }
    }

    private static void install(String language, Path program, String descriptor) throws Exception {
        if (!Files.exists(program)) {
            System.out.println("SKIPPED: the client for " + language + " is not installed in " + INSTALLED
                    + "; its daemon was not tried under a node.");
        }
        Assumptions.assumeTrue(Files.exists(program), "the client for " + language + " is not installed");
        Path part = Files.copy(SOURCES.resolve(descriptor), scratch.resolve(Path.of(descriptor).getFileName()));
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(part, home.resolve("daemons").resolve(part.getFileName()));
    }

    private static void declareAndConsent(String service, Map<String, Object> config) throws Exception {
        Await.that(service + " is offered", BOUND, () -> node.must("lattice:daemons").contains(service));
        Path file = Files.writeString(scratch.resolve(service + ".json"), JSON.writeValueAsString(config));
        node.must("lattice:declare " + service + " --policy global --file " + file);
        Services.awaitState(node, service, "AwaitingConsent");
        node.must("lattice:consent " + service + " FollowMesh");
        Services.awaitState(node, service, "Running");
    }

    @Test
    void python() throws Exception {
        install("Python", BRIDGE, "python/webhook-bridge.daemon.json");
        int port = FreePort.find();
        declareAndConsent("lattice.webhook-bridge", Map.of("port", port, "hooks", new Object[] {Map.of("name", "builds")}));
        assertThat(Services.port(node, "lattice.webhook-bridge")).isEqualTo(port);
        HttpResponse<String> answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port + "/hooks/builds")).POST(HttpRequest.BodyPublishers.ofString("green"))
                .build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(node.must("lattice:list /state/lattice.webhook-bridge/hooks")).contains("hooks/builds/");
    }

    @Test
    void node() throws Exception {
        install("Node.js", NOTIFIER, "node/notifier.daemon.json");
        Path notes = scratch.resolve("notes.txt");
        declareAndConsent("lattice.notifier", Map.of("channel", Map.of("type", "file", "path", notes.toString()),
                "rules", new Object[] {Map.of("prefix", "/state/alerts")}));
        node.must("lattice:put /state/alerts/disk 'The disk is full.'");
        Await.that("the person is told", BOUND, () -> Files.exists(notes)
                && Files.readString(notes).contains("The disk is full."));
    }

    @Test
    void go() throws Exception {
        install("Go", MIRROR, "go/mirror.daemon.json");
        Path directory = Files.createDirectory(scratch.resolve("mirrored"));
        declareAndConsent("lattice.file-mirror", Map.of("directory", directory.toString(), "pollMillis", 100));
        Files.writeString(directory.resolve("list.txt"), "bread");
        Await.that("the file is in the store", BOUND,
                () -> node.must("lattice:list /state/lattice.file-mirror").contains("list.txt"));
    }

    /** A bundle that was deployed, in a process of its own; its state machine decides in the node. */
    @Test
    void java() throws Exception {
        int port = FreePort.find();
        node.must("lattice:deploy " + System.getProperty("lattice.guestbook"));
        node.must("lattice:declare lattice.guestbook --isolation process --set port=" + port);
        node.must("lattice:consent lattice.guestbook FollowMesh");
        Services.awaitState(node, "lattice.guestbook", "Running");
        assertThat(node.must("lattice:daemons")).contains("lattice.guestbook");
        URI ada = URI.create("http://127.0.0.1:" + port + "/Ada");
        assertThat(sign(ada).body()).contains("Thank you, Ada.");
        assertThat(sign(ada).statusCode()).isEqualTo(409);
        assertThat(node.must("lattice:list /state/lattice.guestbook/guests")).contains("Ada");
        Path work = home.resolve("work");
        try (Stream<Path> directories = Files.list(work)) {
            assertThat(directories).anyMatch(each -> each.toString().endsWith("-lattice.guestbook"));
        }
        node.must("lattice:consent lattice.guestbook Block");
        try (Stream<Path> directories = Files.list(work)) {
            assertThat(directories).noneMatch(each -> each.toString().endsWith("-lattice.guestbook"));
        }
    }

    private static HttpResponse<String> sign(URI guest) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(guest)
                .POST(HttpRequest.BodyPublishers.ofString("What a place!")).build(), HttpResponse.BodyHandlers.ofString());
    }
}
