package lattice.client;

import java.nio.file.Path;

/** Where a node serves the store protocol. */
public sealed interface NodeAddress {
    /**
     * On its Unix socket.
     *
     * @param path {@code run/lattice.sock} in the node's home
     */
    record Socket(Path path) implements NodeAddress {
    }

    /**
     * On a port of the loopback interface, if its owner configured one.
     *
     * @param host such as {@code 127.0.0.1}
     * @param port 1 to 65535
     */
    record Loopback(String host, int port) implements NodeAddress {
    }
}
