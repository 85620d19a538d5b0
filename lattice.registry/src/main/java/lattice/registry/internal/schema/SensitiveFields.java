package lattice.registry.internal.schema;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import lattice.registry.internal.Json;

/**
 * Finds the fields of a config that its schema marks {@code "sensitive": true}. Where it can't tell which part of a
 * value a mark is about (list items, properties by pattern), the whole value counts as sensitive: better pinned too
 * much than too little.
 */
final class SensitiveFields {
    private static final String MARK = "sensitive";
    private static final int MAX_DEPTH = 64;

    /** Keywords with a schema of the same value. */
    private static final Set<String> IN_PLACE = Set.of("if", "then", "else", "not");
    /** Keywords with many schemas of the same value. */
    private static final Set<String> IN_PLACE_MANY = Set.of("allOf", "anyOf", "oneOf", "dependentSchemas");
    /** References that only a whole implementation of JSON Schema could follow. */
    private static final Set<String> UNRESOLVED = Set.of("$dynamicRef", "$recursiveRef");
    /** Keywords that can't hold a mark: names of fields, or values that look like schemas and are none. */
    private static final Set<String> NO_SCHEMA = Set.of("const", "enum", "default", "examples", "required", "$defs",
            "definitions", "$ref", "properties");

    private final ObjectNode root;
    private final SortedMap<String, String> found = new TreeMap<>();

    private SensitiveFields(ObjectNode root) {
        this.root = root;
    }

    /** JSON Pointers of sensitive fields to their values as canonical JSON; {@code null} for absent ones. */
    static SortedMap<String, String> of(ObjectNode schema, ObjectNode config) {
        SensitiveFields fields = new SensitiveFields(schema);
        fields.visit(schema, config, "", 0);
        return fields.found;
    }

    private void visit(JsonNode schema, JsonNode value, String pointer, int depth) {
        if (!schema.isObject()) {
            return;
        }
        if (schema.path(MARK).asBoolean() || depth > MAX_DEPTH) {
            pin(pointer, value);
            return;
        }
        if (schema.has("$ref")) {
            JsonNode target = resolve(schema.get("$ref").asText());
            if (target == null) {
                pin(pointer, value);
            } else {
                visit(target, value, pointer, depth + 1);
            }
        }
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            visit(property.getValue(), value.path(property.getKey()), pointer + "/" + escape(property.getKey()), depth
                    + 1);
        }
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            if (IN_PLACE.contains(keyword.getKey())) {
                visit(keyword.getValue(), value, pointer, depth + 1);
            } else if (IN_PLACE_MANY.contains(keyword.getKey())) {
                keyword.getValue().forEach(each -> visit(each, value, pointer, depth + 1));
            } else if (UNRESOLVED.contains(keyword.getKey())
                    || !NO_SCHEMA.contains(keyword.getKey()) && marks(keyword.getValue(), depth + 1)) {
                pin(pointer, value);
            }
        }
    }

    /** Whether there is a mark anywhere in a schema. */
    private boolean marks(JsonNode node, int depth) {
        if (depth > MAX_DEPTH) {
            return true;
        }
        if (node.isObject()) {
            if (node.path(MARK).asBoolean()) {
                return true;
            }
            if (node.has("$ref")) {
                JsonNode target = resolve(node.get("$ref").asText());
                if (target == null || marks(target, depth + 1)) {
                    return true;
                }
            }
        }
        for (JsonNode child : node) {
            if (child.isContainerNode() && marks(child, depth + 1)) {
                return true;
            }
        }
        return false;
    }

    private JsonNode resolve(String reference) {
        if (reference.equals("#")) {
            return root;
        }
        if (!reference.startsWith("#/")) {
            return null;
        }
        JsonNode target = root.at(JsonPointer.compile(reference.substring(1)));
        return target.isMissingNode() ? null : target;
    }

    private void pin(String pointer, JsonNode value) {
        found.put(pointer.isEmpty() ? "/" : pointer,
                Json.canonical(value.isMissingNode() ? NullNode.getInstance() : value));
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
