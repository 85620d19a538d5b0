package lattice.shell.internal.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lattice.shell.Styled;

/**
 * What {@code lattice.health} publishes about a node.
 *
 * @param status the worst of its checks, in the words of Felix Health Checks
 * @param since when it became so
 * @param checks what was looked at
 */
record Summary(String status, Instant since, List<Check> checks) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * One thing that was looked at.
     *
     * @param name such as {@code disk}
     * @param status how it is
     * @param problems what is wrong, a sentence each
     */
    record Check(String name, String status, List<String> problems) {
    }

    /** @throws IOException if this is no summary; the message says why */
    static Summary of(byte[] json) throws IOException {
        JsonNode summary;
        Instant since;
        try {
            summary = MAPPER.readTree(json);
            since = Instant.parse(summary.path("since").asText());
        } catch (JsonProcessingException e) {
            throw new IOException("it is not JSON", e);
        } catch (DateTimeException e) {
            throw new IOException("it has no time since when", e);
        }
        if (summary.path("v").asInt() != 1 || !summary.path("checks").isArray()) {
            throw new IOException("it is not of version 1");
        }
        List<Check> checks = new ArrayList<>();
        for (JsonNode check : summary.get("checks")) {
            List<String> problems = new ArrayList<>();
            check.path("problems").forEach(problem -> problems.add(problem.asText()));
            checks.add(new Check(check.path("name").asText(), check.path("status").asText(), List.copyOf(problems)));
        }
        return new Summary(summary.path("status").asText(), since, List.copyOf(checks));
    }

    /** The state that the registry publishes about a service at a node: {@code {"v": 1, "state": "Running", ...}}. */
    static String state(byte[] json) throws IOException {
        return MAPPER.readTree(json).path("state").asText();
    }

    /** A status for people. */
    static Styled styled(String status) {
        return new Styled(status.toLowerCase(Locale.ROOT).replace('_', ' '), switch (status) {
            case "OK" -> Styled.Tone.GOOD;
            case "WARN", "TEMPORARILY_UNAVAILABLE" -> Styled.Tone.WARNING;
            default -> Styled.Tone.BAD;
        });
    }
}
