package lattice.registry.internal.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import lattice.registry.internal.Json;

/** The JSON Schema that a config must satisfy. */
public final class ConfigSchema {
    private final ObjectNode schema;
    private final String digest;
    private SchemaValidator validator;

    public ConfigSchema(ObjectNode schema) {
        this.schema = schema.deepCopy();
        this.digest = sha256(Json.bytes(schema));
    }

    /** What became of a config. */
    public sealed interface Checked {
    }

    /**
     * It is valid.
     *
     * @param config with defaults filled in; not to be modified
     * @param sensitive the sensitive fields, as JSON Pointers to compact JSON
     */
    public record Valid(ObjectNode config, SortedMap<String, String> sensitive) implements Checked {
    }

    /**
     * It is not.
     *
     * @param reason which field, and why
     */
    public record Wrong(String reason) implements Checked {
    }

    public Checked check(ObjectNode config) {
        try {
            ObjectNode filled = config.deepCopy();
            Optional<String> problem = validator().fillInAndCheck(filled);
            return problem.<Checked>map(Wrong::new).orElseGet(() -> valid(filled));
        } catch (SchemaValidator.SchemaException e) {
            return new Wrong(e.getMessage());
        } catch (StackOverflowError e) {
            return new Wrong("The config or its schema is nested too deeply.");
        } catch (RuntimeException e) {
            return new Wrong("The config can't be checked by the provider's schema: " + e + ".");
        }
    }

    /** For a config that {@link #check} has filled in before, by a schema of the same {@link #digest}. */
    public Valid valid(ObjectNode filledIn) {
        return new Valid(filledIn, SensitiveFields.of(schema, filledIn));
    }

    /** What is wrong with the schema itself, if anything is. */
    public Optional<String> problem() {
        try {
            validator();
            return Optional.empty();
        } catch (SchemaValidator.SchemaException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** Names the schema by its content, as SHA-256 in hexadecimal. */
    public String digest() {
        return digest;
    }

    /** The schema of a field, given its path; empty if the schema does not say plainly. */
    public Optional<JsonNode> field(String[] path) {
        JsonNode at = schema;
        for (String name : path) {
            at = at.path("properties").path(name);
            if (at.has("$ref") && at.get("$ref").asText().startsWith("#/")) {
                at = schema.at(at.get("$ref").asText().substring(1));
            }
        }
        return at.isObject() ? Optional.of(at) : Optional.empty();
    }

    /** The schema, not to be modified. */
    public ObjectNode json() {
        return schema;
    }

    private synchronized SchemaValidator validator() throws SchemaValidator.SchemaException {
        if (validator == null) {
            validator = new SchemaValidator(schema);
        }
        return validator;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
