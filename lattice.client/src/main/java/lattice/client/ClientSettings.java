package lattice.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import lattice.api.id.ServiceId;

/**
 * What a client needs to know.
 *
 * @param address where the node is
 * @param service which service the client is
 * @param token its token, as {@code lattice:token create} or the node's supervisor gave it
 * @param patience how long a call goes on trying to reach a node that does not answer, before it fails
 */
public record ClientSettings(NodeAddress address, ServiceId service, String token, Duration patience) {
    /** How long calls go on trying, if nothing else is said. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** As {@link #PATIENCE} says. */
    public ClientSettings(NodeAddress address, ServiceId service, String token) {
        this(address, service, token, PATIENCE);
    }

    /**
     * What a node tells the daemons that it starts, in {@code LATTICE_SOCKET}, {@code LATTICE_SERVICE_ID} and
     * {@code LATTICE_TOKEN}.
     *
     * @param environment such as {@link System#getenv()}
     * @throws IllegalArgumentException if one of them is not set
     */
    public static ClientSettings from(Map<String, String> environment) {
        return new ClientSettings(new NodeAddress.Socket(Path.of(required(environment, "LATTICE_SOCKET"))),
                new ServiceId(required(environment, "LATTICE_SERVICE_ID")), required(environment, "LATTICE_TOKEN"));
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set. A node sets it for the daemons that it starts;"
                    + " set it yourself for one that you start.");
        }
        return value;
    }

    /** Without the token, so that no log gets it. */
    @Override
    public String toString() {
        return service + " at " + address;
    }
}
