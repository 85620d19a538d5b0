package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import lattice.service.irc.internal.LineClient;
import lattice.service.irc.internal.TestGateway;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccessOverSocketTest {
    /** Or the gateway's tests would run here as they run where it is built, and show nothing more. */
    @Test
    void gatewaysOfTestsHaveTheirStoreOverTheSocket() throws Exception {
        try (InMemoryStore store = TestGateway.store(); TestGateway gateway = TestGateway.start(store, Map.of());
                LineClient alice = gateway.connect("alice")) {
            assertThat(gateway.context().store().getClass().getPackageName()).isEqualTo("lattice.client.internal");
            alice.join("#lattice");
        }
    }
}
