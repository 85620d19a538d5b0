package lattice.launcher.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a node is to run.
 *
 * @param home where it lives
 * @param shell what its shell does
 * @param startup statements that run first, once the node is ready
 * @param commands what to run in {@link ShellMode#COMMAND}; else empty
 * @param restore a backup that the home is made from first
 * @param throwAway whether the home is deleted when the node has stopped
 */
record NodeSettings(NodeHome home, ShellMode shell, List<String> startup, String commands,
        Optional<Path> restore, boolean throwAway) {
    NodeSettings {
        startup = List.copyOf(startup);
    }
}
