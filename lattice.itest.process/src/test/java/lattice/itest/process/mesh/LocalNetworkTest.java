package lattice.itest.process.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import lattice.testkit.process.Await;
import lattice.testkit.process.Lattice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes on one network that both moved at once, and so know of each other only where they were. */
@Timeout(600)
class LocalNetworkTest {
    /** A name on the network is announced only after some seconds in which nobody claims it. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path scratch;

    @Test
    void membersThatHaveMovedFindEachOtherByMulticastDns() throws Exception {
        String missing = Net.missing();
        if (!missing.isEmpty()) {
            System.out.println("SKIPPED: " + missing);
        }
        assumeTrue(missing.isEmpty(), missing);
        try (Net net = Net.of(1); Member ann = new Member("ann", at(net, 7401), scratch);
                Member ben = new Member("ben", at(net, 7402), scratch)) {
            ben.follow(ann, "");
            ann.kill();
            ben.kill();
            ann.start(at(net, 7403));
            ben.start(at(net, 7404));
            ann.put("/k/moved", "from-ann");
            Await.that("Ben has found Ann", PATIENCE, () -> ben.has("/k/moved"));
            assertThat(ben.log()).contains("Looking for nodes on the network of " + net.address(0));
        }
    }

    private static Lattice at(Net net, int port) {
        return Lattice.here().withOptions("-Dlattice.mesh.mdns=true", "-Dlattice.mesh.port=" + port).behind(net.on(0));
    }
}
