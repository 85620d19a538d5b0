package lattice.mesh.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import lattice.kernel.membership.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who was let in knows its inviter and nobody else, until it has fetched of the root store what says who is a member. */
class NewcomersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CROWD = 24;

    @TempDir
    private Path homes;
    private final List<RealNode> opened = new ArrayList<>();

    @AfterEach
    void stop() {
        opened.forEach(RealNode::close);
    }

    private RealNode open(RealNode inviter) throws Exception {
        RealNode node = new RealNode(homes.resolve("node-" + opened.size()), inviter == null ? null : inviter.mesh());
        opened.add(node);
        return node;
    }

    private static void letIn(RealNode inviter, RealNode newcomer, Role role) {
        inviter.members().grant(newcomer.id(), role, Optional.empty(), "newcomer", List.of(newcomer.address()));
    }

    private static void await(Supplier<String> what, Callable<Boolean> condition) throws Exception {
        long begun = System.nanoTime();
        while (!condition.call()) {
            assertThat(System.nanoTime() - begun).as(what).isLessThan(PATIENCE.toNanos());
            Thread.sleep(20);
        }
    }

    /** If each pushed out those before, as links are few, none would stay for long enough to hear of anybody else. */
    @Test
    void allOfACrowdGetIn() throws Exception {
        RealNode host = open(null);
        List<RealNode> crowd = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            crowd.add(open(host));
            letIn(host, crowd.get(i), Role.MEMBER);
        }
        host.start();
        crowd.forEach(newcomer -> newcomer.start(host.contact()));
        await(() -> "each knows all, and not " + crowd.stream().map(each -> each.members().members().size()).toList(),
                () -> crowd.stream().allMatch(each -> each.members().members().size() == 1 + CROWD));
        await(() -> "links are few again", () -> opened.stream().allMatch(NewcomersTest::hasFewLinks));
    }

    private static boolean hasFewLinks(RealNode node) {
        try {
            return node.node().neighbours().size() <= 5;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What says that the inviter is a member comes late, and who is known before that is not there. */
    @Test
    void whoHasHeardOfOthersStillListensToItsInviter() throws Exception {
        RealNode founder = open(null);
        String text = "x".repeat(50_000);
        IntStream.range(0, 60).forEach(i -> founder.put("/before/" + i, text));
        RealNode inviter = open(founder);
        letIn(founder, inviter, Role.ADMIN);
        founder.start();
        inviter.start(founder.contact());
        await(() -> "the inviter is an administrator", () -> inviter.members().mayInvite());
        founder.cutOff();

        RealNode newcomer = open(founder);
        letIn(inviter, newcomer, Role.MEMBER);
        newcomer.start(inviter.contact());
        await(() -> "the newcomer is a member", () -> newcomer.members().isMember(newcomer.id()));
        inviter.put("/after", "1");
        await(() -> "it hears what is new", () -> newcomer.get("/after").equals("1"));
    }
}
