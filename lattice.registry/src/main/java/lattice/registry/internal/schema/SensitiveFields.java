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
 * Finds the fields of a config that its schema marks {@code "sensitive": true}. Where it can't tell which part of a value
 * a mark is about (list items, properties by pattern), the whole value counts as sensitive: better pinned too much than
 * too little.
 */
final class SensitiveFields {
    private static final String MARK = "sensitive";
    private static final int MAX_DEPTH = 64;

    /** Keywords whose schemas are about the same value. */
    private static final Set<String> IN_PLACE = Set.of("allOf", "anyOf", "oneOf", "if", "then", "else", "not",
            "dependentSchemas");
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
            visit(property.getValue(), value.path(property.getKey()), pointer + "/" + escape(property.getKey()), depth + 1);
        }
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            if (IN_PLACE.contains(keyword.getKey())) {
                visitInPlace(keyword.getValue(), value, pointer, depth);
            } else if (!NO_SCHEMA.contains(keyword.getKey()) && marks(keyword.getValue(), depth + 1)) {
                pin(pointer, value);
            }
        }
    }

    private void visitInPlace(JsonNode schemas, JsonNode value, String pointer, int depth) {
        if (schemas.isObject() && !isMapOfSchemas(schemas)) {
            visit(schemas, value, pointer, depth + 1);
        } else {
            schemas.forEach(each -> visit(each, value, pointer, depth + 1));
        }
    }

    /** {@code dependentSchemas} is a map from names to schemas; the other keywords hold a schema or a list of them. */
    private boolean isMapOfSchemas(JsonNode node) {
        return node.size() > 0 && node.properties().stream().allMatch(each -> each.getValue().isObject())
                && !node.has("properties");
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
