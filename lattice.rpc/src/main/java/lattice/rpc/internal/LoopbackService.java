package lattice.rpc.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import lattice.kernel.node.Node;
import lattice.protocol.Wire;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The protocol on a TCP port of the loopback interface, if the owner configured one. */
@Component(service = {}, configurationPid = "lattice.rpc", configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class LoopbackService {
    private static final Logger LOG = LoggerFactory.getLogger(LoopbackService.class);

    private final ProtocolServer server;

    /** The configuration: where to listen. */
    public @interface Config {
        /** An address of the loopback interface. */
        String host() default "127.0.0.1";

        /** 0 to 65535; 0 for any that is free. */
        int port();
    }

    @Activate
    public LoopbackService(Config config, @Reference Node node, @Reference Tokens tokens) throws IOException {
        try {
            this.server = open(config.host(), config.port(), node, tokens, Limits.standard());
            LOG.info("Serving the store protocol on {} port {}", config.host(), server.port());
        } catch (IOException | IllegalArgumentException e) {
            // Declarative Services would keep this to itself.
            LOG.error("The store protocol is not served over TCP: {}", e.getMessage());
            throw e;
        }
    }

    /** @throws IllegalArgumentException if that is not on the loopback interface */
    static ProtocolServer open(String host, int port, Node node, Tokens tokens, Limits limits) throws IOException {
        InetAddress address = InetAddress.getByName(host);
        if (!address.isLoopbackAddress()) {
            throw new IllegalArgumentException("'" + host + "' is not an address of this machine alone, and tokens are not"
                    + " for networks. Set 'host' of lattice.rpc to 127.0.0.1 or ::1.");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("A port is 0 to 65535, not " + port + ". Set 'port' of lattice.rpc.");
        }
        return new ProtocolServer(new TcpTransport(new InetSocketAddress(address, port)), Wire.bytes(node.id().hex()),
                tokens, limits);
    }

    @Deactivate
    void close() {
        server.close();
    }
}
