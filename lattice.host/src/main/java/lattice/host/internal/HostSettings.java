package lattice.host.internal;

import java.nio.file.Path;
import java.util.Map;
import lattice.api.id.ServiceId;

/**
 * What a node tells the process that it starts for a service, besides where the node is.
 *
 * @param service which service to run
 * @param config a file with its config, a JSON object
 * @param nodeHome where the node keeps its data
 */
record HostSettings(ServiceId service, Path config, Path nodeHome) {
    /** @throws IllegalArgumentException if one of LATTICE_SERVICE_ID, LATTICE_CONFIG and LATTICE_SOCKET is not set */
    static HostSettings from(Map<String, String> environment) {
        Path socket = Path.of(required(environment, "LATTICE_SOCKET")).toAbsolutePath();
        Path run = socket.getParent();
        return new HostSettings(new ServiceId(required(environment, "LATTICE_SERVICE_ID")),
                Path.of(required(environment, "LATTICE_CONFIG")), run.getParent() == null ? run : run.getParent());
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set. A node sets it for the services that it starts.");
        }
        return value;
    }
}
