package lattice.registry.internal.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.schema.ConfigSchema;
import lattice.shell.CommandException;

/** Changes single fields of a config, as {@code key=value} with dots between nested fields. */
final class ConfigEditor {
    private final Optional<ConfigSchema> schema;

    ConfigEditor(Optional<ConfigSchema> schema) {
        this.schema = schema;
    }

    void set(ObjectNode config, String assignment) throws CommandException {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new CommandException("--set takes key=value, such as --set port=6667; not '" + assignment + "'.");
        }
        String[] path = path(assignment.substring(0, equals));
        ObjectNode parent = config;
        for (int i = 0; i < path.length - 1; i++) {
            JsonNode child = parent.get(path[i]);
            parent = child instanceof ObjectNode object ? object : parent.putObject(path[i]);
        }
        parent.set(path[path.length - 1], value(path, assignment.substring(equals + 1)));
    }

    void unset(ObjectNode config, String name) throws CommandException {
        String[] path = path(name);
        JsonNode parent = config;
        for (int i = 0; i < path.length - 1; i++) {
            parent = parent.path(path[i]);
        }
        if (!(parent instanceof ObjectNode object) || object.remove(path[path.length - 1]) == null) {
            throw new CommandException("The declared config has no field " + name + ".");
        }
    }

    private static String[] path(String name) throws CommandException {
        String[] path = name.split("\\.", -1);
        for (String part : path) {
            if (part.isEmpty()) {
                throw new CommandException("'" + name
                        + "' is no field; write port, or tls.port for a field in a field.");
            }
        }
        return path;
    }

    /** By the type that the schema gives the field; where it says nothing, what looks like JSON is JSON. */
    private JsonNode value(String[] path, String text) throws CommandException {
        Optional<JsonNode> field = schema.flatMap(each -> each.field(path));
        Set<String> types = field.map(ConfigEditor::types).orElse(Set.of());
        if (types.equals(Set.of("string"))) {
            return JsonNodeFactory.instance.textNode(text);
        }
        if (types.contains("array") && !text.startsWith("[")) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            Set<String> itemTypes = types(field.get().path("items"));
            for (String item : text.isEmpty() ? new String[0] : text.split(",", -1)) {
                list.add(itemTypes.equals(Set.of("string")) ? JsonNodeFactory.instance.textNode(item) : guess(item));
            }
            return list;
        }
        if (types.contains("object") || types.contains("array")) {
            try {
                return Json.read(text.getBytes(StandardCharsets.UTF_8));
            } catch (FormatException e) {
                throw new CommandException("The value of " + String.join(".", path) + " " + e.getMessage(), e);
            }
        }
        return guess(text);
    }

    private static JsonNode guess(String text) {
        try {
            return Json.read(text.getBytes(StandardCharsets.UTF_8));
        } catch (FormatException e) {
            return JsonNodeFactory.instance.textNode(text);
        }
    }

    private static Set<String> types(JsonNode schema) {
        Set<String> types = new HashSet<>();
        JsonNode type = schema.path("type");
        if (type.isTextual()) {
            types.add(type.textValue());
        }
        type.forEach(each -> types.add(each.asText()));
        return types;
    }
}
