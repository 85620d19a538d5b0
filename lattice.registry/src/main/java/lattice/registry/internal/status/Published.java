package lattice.registry.internal.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.registry.internal.Json;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.declaration.Tags;

/**
 * What a node tells a mesh about a service, as JSON at {@code /nodes/{node}/services/{service}}: {@code v} = 1, {@code
 * state}, {@code endpoints} (of {@code protocol}, {@code host}, {@code port}), {@code startedAt} and {@code
 * configVersion}. What other nodes wrote is read with distrust: what can't be understood is left out.
 *
 * @param state what the service does there; empty if this version does not know the word
 * @param endpoints where it can be reached
 * @param startedAt when it began to run, if it runs
 * @param configVersion which declaration it runs with, if it runs
 */
public record Published(Optional<InstanceState> state, List<Endpoint> endpoints, Optional<Instant> startedAt,
        Optional<String> configVersion) {
    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 16 * 1024;
    private static final int MAX_ENDPOINTS = 32;
    private static final int MAX_TAGS = 64;
    private static final int MAX_TEXT = 256;

    public Published {
        endpoints = List.copyOf(endpoints);
    }

    static Prefix services(NodeId node) {
        return new Prefix("/nodes/" + node + "/services");
    }

    static Key status(NodeId node, ServiceId service) {
        return new Key("/nodes/" + node + "/services/" + service);
    }

    static Key tags(NodeId node) {
        return new Key("/nodes/" + node + "/tags");
    }

    static String text(Published status) {
        ObjectNode node = Json.newObject().put("v", FORMAT);
        status.state().ifPresent(state -> node.put("state", state.word()));
        ArrayNode endpoints = node.putArray("endpoints");
        for (Endpoint endpoint : status.endpoints()) {
            endpoints.addObject().put("protocol", endpoint.protocol()).put("host", endpoint.host())
                    .put("port", endpoint.port());
        }
        status.startedAt().ifPresent(at -> node.put("startedAt", at.toString()));
        status.configVersion().ifPresent(version -> node.put("configVersion", version));
        return node.toString();
    }

    static String text(SortedSet<String> tags) {
        ObjectNode node = Json.newObject().put("v", FORMAT);
        tags.forEach(node.putArray("tags")::add);
        return node.toString();
    }

    static Published status(Entry entry) {
        ObjectNode node = object(entry);
        String word = node.path("state").asText();
        List<Endpoint> endpoints = new ArrayList<>();
        for (JsonNode each : node.path("endpoints")) {
            int port = each.path("port").asInt();
            if (port >= 1 && port <= 65535 && endpoints.size() < MAX_ENDPOINTS) {
                endpoints.add(new Endpoint(text(each, "protocol").orElse(""), text(each, "host").orElse(""), port));
            }
        }
        return new Published(Stream.of(InstanceState.values()).filter(state -> state.word().equals(word)).findFirst(),
                endpoints, text(node, "startedAt").flatMap(Published::instant), text(node, "configVersion"));
    }

    static SortedSet<String> tags(Entry entry) {
        SortedSet<String> tags = new TreeSet<>();
        for (JsonNode each : object(entry).path("tags")) {
            if (Tags.isTag(each.asText()) && tags.size() < MAX_TAGS) {
                tags.add(each.asText());
            }
        }
        return tags;
    }

    private static ObjectNode object(Entry entry) {
        try {
            ObjectNode node = entry.value().length > MAX_BYTES ? Json.newObject() : Json.object(entry.value());
            return node.path("v").asInt() == FORMAT ? node : Json.newObject();
        } catch (FormatException e) {
            return Json.newObject();
        }
    }

    private static Optional<String> text(JsonNode node, String field) {
        return Optional.ofNullable(node.path(field).textValue()).filter(text -> text.length() <= MAX_TEXT);
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
