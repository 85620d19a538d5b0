package lattice.api.node;

/**
 * Where a running service can be reached.
 *
 * @param protocol as in the scheme of a URI: {@code irc}, {@code http}
 * @param host the address that it listens on
 * @param port 1 to 65535
 */
public record Endpoint(String protocol, String host, int port) {
    /** @throws IllegalArgumentException if {@code port} is not a port */
    public Endpoint {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("A port is 1 to 65535, not " + port + ".");
        }
    }

    /** As a URI, such as {@code irc://127.0.0.1:6667}. */
    @Override
    public String toString() {
        return protocol + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
