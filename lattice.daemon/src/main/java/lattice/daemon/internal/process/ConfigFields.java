package lattice.daemon.internal.process;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import lattice.api.node.Endpoint;
import lattice.api.service.ServiceConfig;
import lattice.daemon.internal.descriptor.Readiness;

/** A config as JSON, and what a descriptor points at in it. */
final class ConfigFields {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_PORT = 65535;

    private ConfigFields() {
    }

    static byte[] json(ServiceConfig config) {
        try {
            return JSON.writeValueAsBytes(config.values());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A config came from JSON, so it can be written as JSON.", e);
        }
    }

    /** @throws IllegalArgumentException if the config has no port there */
    static Endpoint endpoint(Readiness.Port port, ServiceConfig config) {
        String host = port.host().startsWith("/") ? at(config, port.host()).asText("") : port.host();
        int number = port.port().startsWith("/") ? at(config, port.port()).asInt(0) : Integer.parseInt(port.port());
        if (number < 1 || number > MAX_PORT || host.isBlank()) {
            throw new IllegalArgumentException("Its readiness is a port, " + port.port() + " of " + port.host()
                    + ", and its config has '" + number + "' and '" + host + "' there; a port from 1 to " + MAX_PORT
                    + " is needed.");
        }
        return new Endpoint(port.protocol(), host, number);
    }

    private static JsonNode at(ServiceConfig config, String pointer) {
        return JSON.valueToTree(config.values()).at(JsonPointer.compile(pointer));
    }
}
