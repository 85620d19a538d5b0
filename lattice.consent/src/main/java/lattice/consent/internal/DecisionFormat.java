package lattice.consent.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.consent.Decision;

/** A decision as JSON: {@code {"v":1,"number","what","proposer","decider","when","why"}}. */
final class DecisionFormat {
    private static final int FORMAT = 1;

    private final ObjectMapper json = new ObjectMapper();

    byte[] write(Decision decision) {
        ObjectNode node = json.createObjectNode().put("v", FORMAT).put("number", decision.number())
                .put("what", decision.what());
        decision.proposer().ifPresent(proposer -> node.put("proposer", proposer.hex()));
        node.put("decider", decision.decider()).put("when", decision.when().toString()).put("why", decision.why());
        try {
            return json.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    Decision read(Subject subject, byte[] value) throws IOException {
        JsonNode node = json.readTree(value);
        if (node == null || node.path("v").asInt() != FORMAT) {
            throw new IOException("not a decision of format " + FORMAT);
        }
        try {
            Optional<NodeId> proposer = node.has("proposer") ? Optional.of(new NodeId(node.get("proposer").asText()))
                    : Optional.empty();
            return new Decision(node.path("number").asLong(), subject.mesh(), subject.service(),
                    node.path("what").asText(), proposer, node.path("decider").asText(),
                    Instant.parse(node.path("when").asText()), node.path("why").asText());
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
