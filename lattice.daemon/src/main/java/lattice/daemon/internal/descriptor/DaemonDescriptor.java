package lattice.daemon.internal.descriptor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.ServiceId;

/**
 * What a descriptor file says.
 *
 * @param id the service
 * @param command a program: an absolute path, or a name that is looked for in the node's {@code PATH}
 * @param arguments what it is called with
 * @param environment variables that it gets besides the node's few and Lattice's
 * @param inherit names of variables that it gets as the node has them
 * @param directory where it works; a directory of its own if not given
 * @param user as whom it runs; as the node if not given
 * @param limits what it may use
 * @param readiness how it says that it is ready
 * @param sandbox its own view of the machine, if it asks for one
 * @param grace how long it may take to stop before it is killed
 * @param registryJson the descriptor without the part that is about the process, as the registry reads it
 */
public record DaemonDescriptor(ServiceId id, String command, List<String> arguments, Map<String, String> environment,
        List<String> inherit, Optional<Path> directory, Optional<String> user, ResourceLimits limits, Readiness readiness,
        Optional<Sandbox> sandbox, Duration grace, String registryJson) {
    public DaemonDescriptor {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        inherit = List.copyOf(inherit);
    }
}
