package lattice.service.health.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.apache.felix.hc.api.Result;

/** The forms in which health leaves this service. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {
    }

    /**
     * What is published: {@code {"v": 1, "status", "since", "checks": [{"name", "status", "problems": [...]}]}}.
     *
     * @param since when this became so
     */
    static byte[] summary(Result.Status status, Instant since, List<Finding> findings) {
        ObjectNode summary = MAPPER.createObjectNode().put("v", 1).put("status", status.name())
                .put("since", since.toString());
        checks(summary, findings, false);
        return bytes(summary);
    }

    /** What a probe is shown: the same with {@code "at"}, when it was checked, and each check's {@code "details"}. */
    static byte[] detail(Report report) {
        ObjectNode detail = MAPPER.createObjectNode().put("v", 1).put("status", report.status().name())
                .put("at", report.at().toString());
        checks(detail, report.findings(), true);
        return bytes(detail);
    }

    /** {@code {"status": ...}}, where that is all there is to say. */
    static byte[] status(String status) {
        return bytes(MAPPER.createObjectNode().put("status", status));
    }

    private static void checks(ObjectNode parent, List<Finding> findings, boolean details) {
        ArrayNode checks = parent.putArray("checks");
        for (Finding finding : findings) {
            ObjectNode check = checks.addObject().put("name", finding.check()).put("status", finding.status().name());
            sentences(check, "problems", finding.problems());
            sentences(check, "details", details ? finding.details() : List.of());
        }
    }

    private static void sentences(ObjectNode check, String field, List<String> sentences) {
        if (!sentences.isEmpty()) {
            sentences.forEach(check.putArray(field)::add);
        }
    }

    private static byte[] bytes(ObjectNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of strings and numbers is always JSON.", e);
        }
    }
}
