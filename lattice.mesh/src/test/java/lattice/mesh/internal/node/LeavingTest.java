package lattice.mesh.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who leaves is shut out at once by those that hear of it, and must know before it goes that they did. */
class LeavingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path homes;
    private RealNode host;
    private RealNode guest;

    @BeforeEach
    void start() throws Exception {
        host = new RealNode(homes.resolve("host"), null);
        guest = new RealNode(homes.resolve("guest"), host.mesh());
        host.members().grant(guest.id(), Role.MEMBER, Optional.empty(), "guest", List.of(guest.address()));
        host.start();
        guest.start(host.contact());
        await(() -> guest.members().isMember(guest.id()));
    }

    @AfterEach
    void stop() {
        guest.close();
        host.close();
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long begun = System.nanoTime();
        while (!condition.holds()) {
            assertThat(System.nanoTime() - begun).isLessThan(PATIENCE.toNanos());
            Thread.sleep(20);
        }
    }

    private boolean isMemberAtHost() {
        return host.members().member(guest.id()).filter(Member::present).isPresent();
    }

    @Test
    void itLearnsThatItIsKnown() throws Exception {
        guest.put("/k/before", "1");
        await(() -> host.get("/k/before").equals("1"));
        assertThat(isMemberAtHost()).isTrue();
        guest.members().leave();
        assertThat(guest.node().awaitHeldElsewhere(guest.store().replica(), PATIENCE)).isTrue();
        assertThat(isMemberAtHost()).isFalse();
        await(() -> guest.node().neighbours().isEmpty());
    }

    @Test
    void itWaitsForSomebodyToTell() throws Exception {
        host.cutOff();
        guest.members().leave();
        assertThat(guest.node().awaitHeldElsewhere(guest.store().replica(), Duration.ofMillis(500))).isFalse();
        host.start(guest.contact());
        assertThat(guest.node().awaitHeldElsewhere(guest.store().replica(), PATIENCE)).isTrue();
        assertThat(isMemberAtHost()).isFalse();
    }
}
