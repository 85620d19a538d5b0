package lattice.itest.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import lattice.testkit.process.Await;
import lattice.testkit.process.FreePort;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is declared on one node runs on another, if that one's owner says so, and only then. */
@Timeout(300)
class MeshServicesTest {
    private static final String IRC = "lattice.irc-gateway";
    private static final String HEALTH = "lattice.health";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SPREAD = Duration.ofSeconds(60);

    @TempDir
    Path homes;

    private final Lattice annsLattice = lattice();
    private final Lattice bensLattice = lattice();

    private static Lattice lattice() {
        try {
            int port = FreePort.find();
            return Lattice.here().withOptions("-Dlattice.mesh.host=127.0.0.1", "-Dlattice.mesh.port=" + port,
                    "-Dlattice.mesh.addresses=127.0.0.1:" + port);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private NodeProcess ann() throws Exception {
        return NodeProcess.start(annsLattice, homes.resolve("ann"));
    }

    private NodeProcess ben() throws Exception {
        return NodeProcess.start(bensLattice, homes.resolve("ben"));
    }

    @Test
    void whatOneDeclaresRunsWhereAnotherConsents() throws Exception {
        int port = FreePort.find();
        NodeProcess ann = ann();
        NodeProcess ben = ben();
        try {
            // Ben runs the gateway for himself; Ann's mesh has declared one, before he comes, at a port of its own.
            ben.must("lattice:tags add gateway");
            ben.must("lattice:declare " + IRC + " --set port=0");
            ben.must("lattice:consent " + IRC + " AlwaysAllow");
            ann.must("lattice:declare " + IRC + " --policy tagged:gateway --set port=" + port);
            String invitation = JSON.readTree(ann.must("lattice:invite --json")).findValue("invitation").asText();
            ben.must("lattice:join " + invitation + " --name ben");
            String mesh = JSON.readTree(ann.must("lattice:why " + IRC + " --json")).path("mesh").asText();

            // His consent was not for this mesh.
            Await.that("Ben sees the declaration", SPREAD, () -> state(ben(ben, mesh, IRC)).equals("AwaitingConsent"));
            refuses(port);
            Await.that("Ann knows of Ben's tags", SPREAD, () -> ann
                    .must("lattice:declare " + IRC + " --plan").contains("TaggedNodes(gateway) means 1 of 2 nodes"));
            assertThat(ann.must("lattice:declare " + IRC + " --policy global --plan")).contains("means 2 of 2 nodes");
            assertThatThrownBy(() -> ben.must("lattice:declare " + HEALTH + " --mesh " + mesh))
                    .hasMessageContaining("no administrator");

            ben.must("lattice:consent " + IRC + " FollowMesh --mesh " + mesh);
            try (IrcClient client = IrcClient.register(port, "cat")) {
                client.send("QUIT");
            }
            Await.that("Ann sees that it runs at Ben's", SPREAD, () -> at(ann, IRC, "ben")
                    .filter(row -> row.path("state").asText().equals("Running")
                            && row.path("endpoints").toString().contains(":" + port)).isPresent());
            // A machine that is busy may have kept Ben silent for so long that he seemed to be gone.
            Await.that("it counts as running", SPREAD, () -> ann.must("lattice:services").contains("1 running"));

            ben.kill();
            ben.close();
            Await.that("Ann sees that Ben is gone, and it with him", SPREAD,
                    () -> ann.must("lattice:services").contains("1 offline"));

            // Alone in the world after a crash: what ran last is started.
            ann.stop();
            NodeProcess again = ben();
            try {
                Await.that("it runs, with nobody there", SPREAD, () -> state(ben(again, mesh, IRC)).equals("Running"));
                laterDeclarationsNeedConsent(again, mesh, port);
                again.must("lattice:leave --mesh " + mesh);
                refuses(port);
                assertThat(Services.state(again, IRC)).as("for himself").isEqualTo("Running");
            } finally {
                again.close();
            }
        } finally {
            ann.close();
            ben.close();
        }
    }

    /** What was declared while the links were cut starts nothing, and widens nothing, when they heal. */
    private void laterDeclarationsNeedConsent(NodeProcess ben, String mesh, int port) throws Exception {
        try (NodeProcess ann = ann()) {
            ann.must("lattice:declare " + HEALTH);
            ann.must("lattice:declare " + IRC + " --set bind=0.0.0.0");
            Await.that("Ben sees the new declarations", SPREAD,
                    () -> ben(ben, mesh, IRC).path("reason").asText().contains("waits for consent")
                            && state(ben(ben, mesh, HEALTH)).equals("AwaitingConsent"));
            JsonNode why = ben(ben, mesh, IRC);
            assertThat(state(why)).isEqualTo("Running");
            assertThat(why.path("config").asText()).contains("\"bind\":\"127.0.0.1\"");
            assertThat(why.path("declaration").asText()).contains("founder");
            Await.that("Ann sees that Ben runs the older one", SPREAD, () -> at(ann, IRC, "ben")
                    .filter(row -> row.path("config").asText().equals("older")).isPresent());

            ann.must("lattice:rollback " + IRC);
            Await.that("Ben runs what is declared again", SPREAD, () -> at(ann, IRC, "ben")
                    .filter(row -> row.path("config").asText().equals("current")).isPresent());
            IrcClient.register(port, "dog").close();
        }
    }

    private static JsonNode ben(NodeProcess ben, String mesh, String service) throws IOException {
        var answer = ben.exec("lattice:why " + service + " --json --mesh " + mesh);
        return answer.status() == 0 ? JSON.readTree(answer.out()) : JSON.createObjectNode();
    }

    private static String state(JsonNode why) {
        return why.path("state").asText();
    }

    /** How a service is at a node, as seen from another. */
    private static Optional<JsonNode> at(NodeProcess from, String service, String name) throws IOException {
        for (JsonNode row : JSON.readTree(from.must("lattice:services " + service + " --json"))) {
            if (row.path("name").asText().equals(name)) {
                return Optional.of(row);
            }
        }
        return Optional.empty();
    }

    private static void refuses(int port) {
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class);
    }
}
