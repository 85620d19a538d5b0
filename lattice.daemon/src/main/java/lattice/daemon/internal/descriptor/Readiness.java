package lattice.daemon.internal.descriptor;

/** How a daemon says that it is ready. */
public sealed interface Readiness {
    /** It calls {@code Ready} over the socket. */
    record Call() implements Readiness {
    }

    /**
     * It prints a line; URIs in the rest of the line are its endpoints.
     *
     * @param start what the line begins with
     */
    record Line(String start) implements Readiness {
    }

    /**
     * It accepts connections.
     *
     * @param protocol for the endpoint, such as {@code http}
     * @param host an address, or a JSON Pointer (RFC 6901) into the config
     * @param port a number, or a JSON Pointer into the config
     */
    record Port(String protocol, String host, String port) implements Readiness {
    }
}
