package lattice.daemon.internal.process;

import java.nio.file.Path;

/**
 * Where a daemon finds things, as the node sees them.
 *
 * @param directory where it works
 * @param config the file with its config
 * @param socket the node's socket
 */
record Places(Path directory, Path config, Path socket) {
}
