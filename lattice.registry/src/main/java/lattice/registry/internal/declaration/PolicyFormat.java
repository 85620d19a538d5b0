package lattice.registry.internal.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;

/**
 * A policy as JSON: {@code {"type":"Global"}}, {@code {"type":"TaggedNodes","tags":["a"]}}, {@code
 * {"type":"LocalOnly"}}.
 */
public final class PolicyFormat {
    private static final int MAX_TAGS = 64;

    private PolicyFormat() {
    }

    public static Policy read(JsonNode node) throws FormatException {
        ObjectNode policy = node instanceof ObjectNode object ? object : null;
        String type = policy == null ? "" : policy.path("type").asText("");
        return switch (type) {
            case "Global" -> {
                only(policy, Set.of("type"));
                yield new Policy.Global();
            }
            case "LocalOnly" -> {
                only(policy, Set.of("type"));
                yield new Policy.LocalOnly();
            }
            case "TaggedNodes" -> {
                only(policy, Set.of("type", "tags"));
                yield new Policy.TaggedNodes(new TreeSet<>(tags(policy)));
            }
            default -> throw new FormatException("has a field 'policy' that is no policy; it must be "
                    + "{\"type\":\"Global\"}, "
                    + "{\"type\":\"TaggedNodes\",\"tags\":[...]} or {\"type\":\"LocalOnly\"}.");
        };
    }

    private static List<String> tags(ObjectNode policy) throws FormatException {
        List<String> tags = Json.strings(policy, "tags");
        if (tags.isEmpty() || tags.size() > MAX_TAGS) {
            throw new FormatException("has a policy TaggedNodes with " + tags.size() + " tags; it needs 1 to "
                    + MAX_TAGS + ".");
        }
        for (String tag : tags) {
            if (!Tags.isTag(tag)) {
                throw new FormatException("has a policy with a wrong tag. " + Tags.rule(tag));
            }
        }
        return tags;
    }

    public static ObjectNode write(Policy policy) {
        ObjectNode node = Json.newObject();
        if (policy instanceof Policy.Global) {
            node.put("type", "Global");
        } else if (policy instanceof Policy.LocalOnly) {
            node.put("type", "LocalOnly");
        } else if (policy instanceof Policy.TaggedNodes tagged) {
            node.put("type", "TaggedNodes");
            tagged.tags().forEach(node.putArray("tags")::add);
        }
        return node;
    }

    private static void only(ObjectNode policy, Set<String> known) throws FormatException {
        try {
            Json.onlyFields(policy, known);
        } catch (FormatException e) {
            throw new FormatException("has a policy that " + e.getMessage());
        }
    }
}
