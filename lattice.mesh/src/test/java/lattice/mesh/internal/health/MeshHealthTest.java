package lattice.mesh.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.kernel.membership.Checkpointing;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.kernel.membership.StoreCheckpoint;
import lattice.mesh.internal.node.MeshNode;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.ResultLog;
import org.junit.jupiter.api.Test;

class MeshHealthTest {
    private static final StoreId MESH = new StoreId("5".repeat(64));
    private static final NodeId SELF = new NodeId("a".repeat(64));
    private static final NodeId OTHER = new NodeId("b".repeat(64));
    private static final MeshNode.View LINKED = new MeshNode.View(
            List.of(new MeshNode.LinkView(OTHER, true, true, "127.0.0.1:7473", 0, Optional.empty(), 0, 0)), Map.of(), Map.of(MESH, 3L), Map.of());

    private final Checkpoints checkpoints = new Checkpoints();

    @Test
    void twoNodesThatAreLinkedAreWell() {
        assertThat(problems(Optional.of(LINKED), member(SELF, false), member(OTHER, false))).isEmpty();
    }

    @Test
    void aMeshOfOneNeedsNobody() {
        checkpoints.uncovered = MeshHealth.UNSETTLED_BYTES * 2;

        assertThat(problems(Optional.empty(), member(SELF, false))).isEmpty();
    }

    @Test
    void whoIsAloneAmongSeveralIsTold() {
        MeshNode.View alone = new MeshNode.View(List.of(), Map.of(), Map.of(), Map.of());

        assertThat(problems(Optional.of(alone), member(SELF, false), member(OTHER, false)))
                .containsExactly("WARN No other node of mesh 55555555 is reached: what is written here or there waits. "
                        + "See lattice:peers --mesh 55555555.");
    }

    @Test
    void whoIsFarBehindIsTold() {
        MeshNode.View behind = new MeshNode.View(LINKED.links(), Map.of(), Map.of(MESH, MeshHealth.BEHIND_COMMITS + 1), Map.of());

        assertThat(problems(Optional.of(behind), member(SELF, false), member(OTHER, false)))
                .containsExactly("WARN This node is more than 100000 commits behind the others of mesh 55555555.");
    }

    @Test
    void twoHistoriesAreNamed() {
        assertThat(problems(Optional.of(LINKED), member(SELF, true), member(OTHER, true))).hasSize(2)
                .anyMatch(problem -> problem.startsWith("CRITICAL This node has made two histories in mesh 55555555"))
                .anyMatch(problem -> problem.startsWith("WARN Node bbbbbbbb has made two histories in mesh 55555555")
                        && problem.endsWith("lattice:revoke bbbbbbbb --mesh 55555555."));
    }

    @Test
    void aStoreThatNobodySettlesIsNamed() {
        checkpoints.uncovered = MeshHealth.UNSETTLED_BYTES + 1;

        assertThat(problems(Optional.of(LINKED), member(SELF, false), member(OTHER, false)))
                .singleElement().asString().startsWith("WARN Store root of mesh 55555555 grows without a checkpoint: "
                        + "node bbbbbbbb is to make them.");
    }

    @Test
    void whatCameTooLateAndWhatDisagreesIsSaid() {
        checkpoints.late = List.of("/notes/today");
        checkpoints.problem = Optional.of("Store root does not agree with checkpoint 3.");

        assertThat(problems(Optional.of(LINKED), member(SELF, false), member(OTHER, false)))
                .hasSize(2).contains("WARN Store root does not agree with checkpoint 3.")
                .anyMatch(problem -> problem.contains("lattice:checkpoint --mesh 55555555 names what to write again"));
    }

    private List<String> problems(Optional<MeshNode.View> view, Member... members) {
        FormattingResultLog log = new FormattingResultLog();
        log.debug("A log without an entry counts as a warning.");
        MeshHealth.report(membership(List.of(members)), SELF, view, log);
        return StreamSupport.stream(log.spliterator(), false)
                .filter(entry -> entry.getStatus() != Result.Status.OK || !entry.isDebug())
                .map((ResultLog.Entry entry) -> entry.getStatus() + " " + entry.getMessage()).toList();
    }

    private static Member member(NodeId node, boolean forked) {
        return new Member(node, Role.ADMIN, true, forked, "", List.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** A membership of which only these questions are asked. */
    private Membership membership(List<Member> members) {
        return (Membership) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Membership.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "mesh" -> MESH;
                    case "members" -> members;
                    case "checkpoints" -> checkpoints;
                    default -> throw new AssertionError("Health asks for " + method.getName() + ".");
                });
    }

    private static final class Checkpoints implements Checkpointing {
        private long uncovered;
        private List<String> late = List.of();
        private Optional<String> problem = Optional.empty();

        @Override
        public List<StoreCheckpoint> list() {
            return List.of(new StoreCheckpoint(MESH, "root", 3, Optional.of(Instant.EPOCH), Optional.of(OTHER), 3, 100, uncovered,
                    late, problem));
        }

        @Override
        public boolean mayMake() {
            return false;
        }

        @Override
        public Optional<NodeId> maker() {
            return Optional.of(OTHER);
        }

        @Override
        public Optional<Long> make(String store, Optional<Duration> grace) {
            throw new AssertionError("Health makes no checkpoints.");
        }

        @Override
        public void delegate(Optional<NodeId> node) {
            throw new AssertionError("Health names nobody.");
        }
    }
}
