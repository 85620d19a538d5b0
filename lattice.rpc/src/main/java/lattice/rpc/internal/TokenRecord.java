package lattice.rpc.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.rpc.TokenInfo;

/**
 * A token as the meta store keeps it: JSON, with the SHA-256 of its secret and not the secret.
 *
 * @param info what it is
 * @param hash 32 bytes
 */
record TokenRecord(TokenInfo info, byte[] hash) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HexFormat HEX = HexFormat.of();

    byte[] encode() {
        ObjectNode json = JSON.createObjectNode().put("v", 1).put("id", info.id()).put("service", info.service().name())
                .put("store", info.store());
        info.acl().read().forEach(prefix -> json.withArray("read").add(prefix.path()));
        info.acl().write().forEach(prefix -> json.withArray("write").add(prefix.path()));
        json.put("created", info.created().toEpochMilli());
        info.expires().ifPresent(expires -> json.put("expires", expires.toEpochMilli()));
        json.put("hash", HEX.formatHex(hash));
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A token could not be written as JSON", e);
        }
    }

    /** @throws IOException if it is none; the message says why */
    static TokenRecord decode(byte[] bytes) throws IOException {
        JsonNode json = JSON.readTree(bytes);
        try {
            if (json.path("v").asInt() != 1) {
                throw new IOException("it is of version " + json.path("v") + ", not 1");
            }
            TokenInfo info = new TokenInfo(text(json, "id"), new ServiceId(text(json, "service")), text(json, "store"),
                    new Acl(prefixes(json, "read"), prefixes(json, "write")),
                    Instant.ofEpochMilli(json.path("created").asLong()),
                    Optional.of(json.path("expires")).filter(JsonNode::isNumber)
                            .map(expires -> Instant.ofEpochMilli(expires.asLong())),
                    true);
            byte[] hash = HEX.parseHex(text(json, "hash"));
            if (hash.length != 32) {
                throw new IOException("its hash has " + hash.length + " bytes, not 32");
            }
            return new TokenRecord(info, hash);
        } catch (IllegalArgumentException | StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static String text(JsonNode json, String field) throws IOException {
        if (!json.path(field).isTextual()) {
            throw new IOException("its field '" + field + "' is no text");
        }
        return json.path(field).textValue();
    }

    private static Set<Prefix> prefixes(JsonNode json, String field) {
        Set<Prefix> prefixes = new LinkedHashSet<>();
        json.path(field).forEach(prefix -> prefixes.add(new Prefix(prefix.asText())));
        return prefixes;
    }
}
