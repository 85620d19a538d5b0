package lattice.launcher.internal;

import java.util.List;

/**
 * How a node is to run.
 *
 * @param home where it lives
 * @param shell what its shell does
 * @param startup statements that run first, once the node is ready
 * @param commands what to run in {@link ShellMode#COMMAND}; else empty
 * @param throwAway whether the home is deleted when the node has stopped
 */
record NodeSettings(NodeHome home, ShellMode shell, List<String> startup, String commands, boolean throwAway) {
    NodeSettings {
        startup = List.copyOf(startup);
    }
}
