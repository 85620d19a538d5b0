package lattice.host.internal;

import java.nio.file.Path;
import java.util.Map;
import lattice.api.id.ServiceId;

/**
 * What a node tells the process that it starts for a service, besides where the node is.
 *
 * @param service which service to run
 * @param config a file with its config, a JSON object
 */
record HostSettings(ServiceId service, Path config) {
    /** @throws IllegalArgumentException if one of LATTICE_SERVICE_ID and LATTICE_CONFIG is not set */
    static HostSettings from(Map<String, String> environment) {
        return new HostSettings(new ServiceId(required(environment, "LATTICE_SERVICE_ID")),
                Path.of(required(environment, "LATTICE_CONFIG")));
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set. A node sets it for the services that it starts.");
        }
        return value;
    }
}
