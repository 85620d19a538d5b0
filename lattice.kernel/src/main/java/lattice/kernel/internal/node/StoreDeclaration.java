package lattice.kernel.internal.node;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import lattice.api.id.NodeId;

/**
 * A declaration of a child store: a JSON object with the field {@code v}, which is 1, and perhaps the field {@code nodes}, an
 * array of the ids of the nodes that hold the store; without it all members do.
 *
 * @param nodes who holds it; empty for all members
 */
record StoreDeclaration(Set<NodeId> nodes) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX_BYTES = 64 * 1024;

    StoreDeclaration {
        nodes = Set.copyOf(nodes);
    }

    boolean isFor(NodeId node) {
        return nodes.isEmpty() || nodes.contains(node);
    }

    /** Whether a name is another store's. */
    static boolean isReserved(String name) {
        return name.equals("root") || name.equals("meta");
    }

    byte[] encode() {
        String listed = nodes.stream().map(NodeId::hex).sorted().collect(Collectors.joining("\",\""));
        return (nodes.isEmpty() ? "{\"v\":1}" : "{\"v\":1,\"nodes\":[\"" + listed + "\"]}").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IOException if it is not of that form; the message says where it isn't */
    static StoreDeclaration parse(byte[] json) throws IOException {
        if (json.length > MAX_BYTES) {
            throw new IOException("it has " + json.length + " bytes, more than " + MAX_BYTES + ".");
        }
        try (JsonParser parser = JSON.createParser(json)) {
            boolean versioned = false;
            Set<NodeId> nodes = Set.of();
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is no JSON object such as {\"v\":1}.");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                switch (field) {
                    case "v" -> {
                        versioned = parser.nextToken() == JsonToken.VALUE_NUMBER_INT && parser.getText().equals("1");
                        if (!versioned) {
                            throw new IOException("'v' must be 1.");
                        }
                    }
                    case "nodes" -> nodes = nodes(parser);
                    default -> throw new IOException("the field '" + field + "' is unknown.");
                }
            }
            if (!versioned || parser.nextToken() != null) {
                throw new IOException("it is not {\"v\":1} or {\"v\":1,\"nodes\":[\"id\",...]}.");
            }
            return new StoreDeclaration(nodes);
        } catch (JsonProcessingException e) {
            throw new IOException("it is no JSON: " + e.getOriginalMessage() + ".", e);
        }
    }

    private static Set<NodeId> nodes(JsonParser parser) throws IOException {
        Set<NodeId> nodes = new HashSet<>();
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw new IOException("'nodes' must be an array of node ids.");
        }
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
            try {
                nodes.add(new NodeId(parser.getText()));
            } catch (IllegalArgumentException e) {
                throw new IOException("'nodes' holds '" + parser.getText() + "', which is no node id of 64 digits.", e);
            }
        }
        if (parser.currentToken() != JsonToken.END_ARRAY || nodes.isEmpty()) {
            throw new IOException("'nodes' must be an array of at least one node id.");
        }
        return nodes;
    }
}
