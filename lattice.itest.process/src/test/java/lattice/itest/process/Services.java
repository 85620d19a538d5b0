package lattice.itest.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import lattice.testkit.process.Await;
import lattice.testkit.process.NodeProcess;

/** What a node says of its services. */
final class Services {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TRANSITION = Duration.ofSeconds(30);

    private Services() {
    }

    static JsonNode why(NodeProcess node, String service) throws IOException {
        return JSON.readTree(node.must("lattice:why " + service + " --json"));
    }

    static String state(NodeProcess node, String service) throws IOException {
        return why(node, service).path("state").asText();
    }

    static void awaitState(NodeProcess node, String service, String state) throws Exception {
        Await.that(service + " is " + state, TRANSITION, () -> state(node, service).equals(state));
    }

    /** Where a running service listens. */
    static int port(NodeProcess node, String service) throws IOException {
        String endpoint = why(node, service).path("endpoints").path(0).asText();
        return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }
}
