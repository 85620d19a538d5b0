package lattice.registry.internal.descriptor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.consent.AccessRequest;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.declaration.PolicyFormat;
import lattice.registry.internal.schema.ConfigSchema;

/** A descriptor as JSON; {@code lattice.api.service.ServiceProvider} says what is in it. */
public final class DescriptorFormat {
    /** The longest descriptor, in bytes. */
    public static final int MAX_BYTES = 256 * 1024;

    private static final int FORMAT = 1;
    private static final int MAX_TEXT = 200;
    private static final String ANY_NODE = "0".repeat(64);
    private static final Set<String> FIELDS = Set.of("v", "id", "title", "version", "publisher", "policy", "schema",
            "acl");
    private static final List<Prefix> NEVER_WRITTEN = List.of(new Prefix("/services"), new Prefix("/stores"),
            new Prefix("/peers"));

    private DescriptorFormat() {
    }

    /** @throws FormatException whose message reads on from "The descriptor" */
    public static Descriptor read(byte[] utf8) throws FormatException {
        ObjectNode node = Json.object(utf8);
        if (node.path("v").asInt() != FORMAT) {
            throw new FormatException("must have a field 'v' of " + FORMAT + ", the only version that is known.");
        }
        Json.onlyFields(node, FIELDS);
        ServiceId id;
        try {
            id = new ServiceId(text(node, "id"));
        } catch (IllegalArgumentException e) {
            throw new FormatException("has a wrong id. " + e.getMessage());
        }
        JsonNode schema = node.get("schema");
        if (!(schema instanceof ObjectNode)) {
            throw new FormatException("has no field 'schema' with a JSON Schema as a JSON object.");
        }
        Policy policy = node.has("policy") ? PolicyFormat.read(node.get("policy")) : new Policy.Global();
        return new Descriptor(id, text(node, "title"), text(node, "version"), text(node, "publisher"), policy,
                new ConfigSchema((ObjectNode) schema), access(node.get("acl")));
    }

    /** A prefix that was asked for, with {@code {node}} filled in. */
    public static Prefix prefix(String asked, String nodeId) {
        return new Prefix(asked.replace("{node}", nodeId));
    }

    private static AccessRequest access(JsonNode acl) throws FormatException {
        if (acl == null) {
            return AccessRequest.NONE;
        }
        if (!(acl instanceof ObjectNode object)) {
            throw new FormatException("has a field 'acl' that is not {\"read\":[...],\"write\":[...]}.");
        }
        Json.onlyFields(object, Set.of("read", "write"));
        List<String> read = Json.strings(object, "read");
        List<String> write = Json.strings(object, "write");
        for (String asked : read) {
            check(asked);
        }
        for (String asked : write) {
            Prefix prefix = check(asked);
            for (Prefix never : NEVER_WRITTEN) {
                if (never.contains(prefix)) {
                    throw new FormatException("asks to write " + asked + ", which no service may.");
                }
            }
        }
        return new AccessRequest(new HashSet<>(read), new HashSet<>(write));
    }

    private static Prefix check(String asked) throws FormatException {
        try {
            return prefix(asked, ANY_NODE);
        } catch (StoreException e) {
            throw new FormatException("has a wrong prefix in 'acl'. " + e.getMessage());
        }
    }

    private static String text(ObjectNode node, String field) throws FormatException {
        String text = node.path(field).asText("").strip();
        if (text.isEmpty() || text.length() > MAX_TEXT || text.chars().anyMatch(Character::isISOControl)) {
            throw new FormatException("has no field '" + field + "' with 1 to " + MAX_TEXT
                    + " characters on one line.");
        }
        return text;
    }
}
