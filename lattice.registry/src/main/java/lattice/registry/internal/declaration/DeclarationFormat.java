package lattice.registry.internal.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;

/**
 * A declaration as JSON: {@code {"v":1,"policy":{...},"config":{...},"requires":[],"after":[],"restart":"on-failure",
 * "isolation":"node"}}. {@code v} and {@code policy} must be there; what is unknown is wrong, because it may have been
 * meant as a restriction.
 */
public final class DeclarationFormat {
    private static final int FORMAT = 1;
    private static final int MAX_DEPENDENCIES = 64;
    private static final Set<String> FIELDS = Set.of("v", "policy", "config", "requires", "after", "restart",
            "isolation");

    private DeclarationFormat() {
    }

    /** @throws FormatException whose message reads on from "The declaration" */
    public static Declaration read(byte[] utf8) throws FormatException {
        return read(Json.object(utf8));
    }

    /** @throws FormatException whose message reads on from "The declaration" */
    public static Declaration read(ObjectNode node) throws FormatException {
        JsonNode version = node.get("v");
        if (version == null || !version.isInt() || version.intValue() != FORMAT) {
            throw new FormatException("must have a field 'v' of " + FORMAT + ", the only version that is known"
                    + (version == null ? "." : "; it has " + version + "."));
        }
        Json.onlyFields(node, FIELDS);
        if (!node.has("policy")) {
            throw new FormatException("has no field 'policy'.");
        }
        Policy policy = PolicyFormat.read(node.get("policy"));
        JsonNode config = node.has("config") ? node.get("config") : Json.newObject();
        if (!(config instanceof ObjectNode object)) {
            throw new FormatException("has a field 'config' that is not a JSON object.");
        }
        return new Declaration(policy, object, services(node, "requires"), services(node, "after"), restart(node),
                isolation(node));
    }

    public static ObjectNode write(Declaration declaration) {
        ObjectNode node = Json.newObject().put("v", FORMAT);
        node.set("policy", PolicyFormat.write(declaration.policy()));
        node.set("config", declaration.config());
        ArrayNode requires = node.putArray("requires");
        declaration.requires().forEach(service -> requires.add(service.name()));
        ArrayNode after = node.putArray("after");
        declaration.after().forEach(service -> after.add(service.name()));
        return node.put("restart", declaration.restart().word())
                .put("isolation", declaration.isolation().word());
    }

    private static RestartRule restart(ObjectNode node) throws FormatException {
        JsonNode restart = node.get("restart");
        if (restart == null) {
            return RestartRule.ON_FAILURE;
        }
        return RestartRule.of(restart.asText("")).orElseThrow(() -> new FormatException("has a field 'restart' of "
                + restart + "; it must be \"always\", \"on-failure\" or \"no\"."));
    }

    private static Isolation isolation(ObjectNode node) throws FormatException {
        JsonNode isolation = node.get("isolation");
        if (isolation == null) {
            return Isolation.NODE;
        }
        return Isolation.of(isolation.asText("")).orElseThrow(() -> new FormatException("asks for isolation " + isolation
                + "; it must be \"node\" or \"process\"."));
    }

    private static List<ServiceId> services(ObjectNode node, String field) throws FormatException {
        List<ServiceId> services = new ArrayList<>();
        for (String name : Json.strings(node, field)) {
            try {
                services.add(new ServiceId(name));
            } catch (IllegalArgumentException e) {
                throw new FormatException("names a wrong service in '" + field + "'. " + e.getMessage());
            }
        }
        if (services.size() > MAX_DEPENDENCIES) {
            throw new FormatException("names " + services.size() + " services in '" + field + "'; the most is "
                    + MAX_DEPENDENCIES + ".");
        }
        return services;
    }
}
