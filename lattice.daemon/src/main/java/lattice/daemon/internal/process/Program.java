package lattice.daemon.internal.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.daemon.internal.descriptor.Readiness;
import lattice.daemon.internal.descriptor.ResourceLimits;
import lattice.daemon.internal.descriptor.Sandbox;

/**
 * What is to be run as a service.
 *
 * @param command a program, by its path or name
 * @param arguments what it is called with
 * @param environment variables besides the few that every daemon gets
 * @param inherit variables that it gets as the node has them
 * @param directory where it works; one of its own if empty
 * @param user as whom; as the node if empty
 * @param limits what it may use
 * @param readiness how it says that it is ready
 * @param sandbox its view of the machine, if not everybody's
 * @param grace how long it may take to stop
 */
public record Program(String command, List<String> arguments, Map<String, String> environment, List<String> inherit,
        Optional<Path> directory, Optional<String> user, ResourceLimits limits, Readiness readiness,
        Optional<Sandbox> sandbox, Duration grace) {
}
