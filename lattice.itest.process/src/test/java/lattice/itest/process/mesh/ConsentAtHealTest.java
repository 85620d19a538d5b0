package lattice.itest.process.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import lattice.testkit.process.Await;
import lattice.testkit.process.Lattice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the mesh declares while a node is cut off arrives when the cut heals; only what its owner consented to is called. */
@Timeout(300)
class ConsentAtHealTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Its owner never consents. */
    private static final String UNASKED = "witness.unasked";
    /** Its owner consents, and the mesh asks for another port than he was shown. */
    private static final String PINNED = "witness.pinned";
    /** Its owner consents, and takes it back while the mesh can't hear of that. */
    private static final String WITHDRAWN = "witness.withdrawn";
    /** Its owner consents to all that comes. */
    private static final String STEADY = "witness.steady";

    @TempDir
    private Path scratch;

    private Net net;
    private Witness anns;
    private Witness bens;
    private Member ann;
    private Member ben;

    @BeforeEach
    void start() throws Exception {
        String missing = Net.missing();
        assumeTrue(missing.isEmpty(), missing);
        net = Net.of(2);
        anns = new Witness(scratch.resolve("seen-by-ann"));
        bens = new Witness(scratch.resolve("seen-by-ben"));
        ann = new Member("ann", anns.watch(Lattice.here().behind(net.on(0))), scratch);
        ben = new Member("ben", bens.watch(Lattice.here().behind(net.on(1))), scratch);
        ben.follow(ann, "");
        for (String service : List.of(UNASKED, PINNED, WITHDRAWN, STEADY)) {
            Path bundle = Witness.bundle(scratch, service);
            ann.must("lattice:deploy " + bundle);
            ben.must("lattice:deploy " + bundle);
        }
        for (String service : List.of(PINNED, WITHDRAWN, STEADY)) {
            ann.must("lattice:declare " + service + " --set port=7001");
            Await.that(() -> "Ben sees " + service, PATIENCE, () -> state(service).equals("AwaitingConsent"));
            ben.must("lattice:consent " + service + " FollowMesh --mesh " + ben.mesh());
            Await.that(() -> "it runs at Ben's: " + service, PATIENCE, () -> state(service).equals("Running"));
        }
        assertThat(bens.instances()).containsExactly("created witness.pinned 7001 first", "created witness.withdrawn 7001 first",
                "created witness.steady 7001 first");
    }

    @AfterEach
    void stop() throws Exception {
        for (Member member : new Member[] {ann, ben}) {
            if (member != null) {
                member.close();
            }
        }
        if (net != null) {
            net.close();
        }
    }

    private JsonNode why(String service) throws IOException {
        var answer = ben.exec("lattice:why " + service + " --json --mesh " + ben.mesh());
        return answer.status() == 0 ? JSON.readTree(answer.out()) : JSON.createObjectNode();
    }

    private String state(String service) throws IOException {
        return why(service).path("state").asText();
    }

    @Test
    void whatArrivesWhenACutHealsStartsNothingWithoutConsent() throws Exception {
        net.isolate(1);
        declareOtherwise("second");
        assertThat(why(STEADY).path("config").asText()).as("nothing comes through the cut").contains("first");
        ben.must("lattice:consent " + WITHDRAWN + " Block --mesh " + ben.mesh());
        assertThat(bens.instances()).last().as("what is withdrawn ends, mesh or no mesh").isEqualTo("closed witness.withdrawn 7001 first");
        net.heal();
        awaitArrival("second");
        assertThat(bens.instances()).filteredOn(call -> !call.contains(STEADY)).containsExactly("created witness.pinned 7001 first",
                "created witness.withdrawn 7001 first", "closed witness.withdrawn 7001 first");

        // Once more, and this time he is killed while he is cut off, and starts what ran last from his own disk.
        net.isolate(1);
        declareOtherwise("third");
        ben.kill();
        ben.start();
        Await.that("what ran last runs again", PATIENCE, () -> state(STEADY).equals("Running") && state(PINNED).equals("Running"));
        net.heal();
        awaitArrival("third");
        assertThat(bens.instances()).filteredOn(call -> !call.contains(STEADY)).containsExactly("created witness.pinned 7001 first",
                "created witness.withdrawn 7001 first", "closed witness.withdrawn 7001 first", "created witness.pinned 7001 first");

        assertThat(bens.calls()).filteredOn("constructed"::equals).as("not even a constructor was run for nothing")
                .hasSameSizeAs(bens.instances().stream().filter(call -> call.startsWith("created")).toList());
        assertThat(anns.calls()).as("she declared all that and consented to nothing").isEmpty();
        ben.must("lattice:consent " + UNASKED + " FollowMesh --mesh " + ben.mesh());
        Await.that("consent is all that was missing", PATIENCE, () -> bens.instances().contains("created witness.unasked 7002 third"));
    }

    /** All is declared anew, with another port where none, or another one, was shown, and another name. */
    private void declareOtherwise(String name) throws Exception {
        ann.must("lattice:declare " + UNASKED + " --set port=7002 --set name=" + name);
        ann.must("lattice:declare " + PINNED + " --set port=7002 --set name=" + name);
        ann.must("lattice:declare " + WITHDRAWN + " --set name=" + name);
        ann.must("lattice:declare " + STEADY + " --set name=" + name);
    }

    /** What was declared last of all is in force where it may be; each of the others says why it is not. */
    private void awaitArrival(String name) throws Exception {
        Await.that(() -> "the last declaration has come", PATIENCE,
                () -> bens.instances().contains("created witness.steady 7001 " + name) && state(STEADY).equals("Running"));
        Await.that(() -> "the others are considered", PATIENCE, () -> state(UNASKED).equals("AwaitingConsent")
                && state(WITHDRAWN).equals("Refused") && why(PINNED).path("reason").asText().contains("waits for consent"));
        assertThat(state(PINNED)).as("with what was shown").isEqualTo("Running");
        assertThat(why(PINNED).path("config").asText()).contains("7001", "first").doesNotContain("7002");
        assertThat(why(UNASKED).path("starts").asInt()).isZero();
    }
}
