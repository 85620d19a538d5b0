package lattice.mesh.internal.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import lattice.api.id.NodeId;
import lattice.mesh.internal.join.Addresses;
import lattice.mesh.internal.protocol.Contact;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nodes of the same network, by multicast DNS (RFC 6762) and service discovery (RFC 6763). It tells everybody on that
 * network that here is a node and which, so it is the owner who switches it on; what it finds is only where to knock.
 */
public final class LocalNetwork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalNetwork.class);
    private static final String TYPE = "_lattice._tcp.local.";
    private static final String ID = "id";
    private static final int MAX_INTERFACES = 4;

    private final NodeId self;
    private final int port;
    private final Consumer<Contact> found;
    private final List<JmDNS> responders = new ArrayList<>();
    /** Announcing oneself waits for seconds whether somebody else has the name. */
    private final ExecutorService worker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "lattice-mesh-mdns");
        thread.setDaemon(true);
        return thread;
    });

    /** @param found told of each node, on any thread, as often as it is found */
    public LocalNetwork(NodeId self, int port, Consumer<Contact> found) {
        this.self = self;
        this.port = port;
        this.found = found;
        worker.execute(this::open);
    }

    private void open() {
        try {
            for (InetAddress address : addresses()) {
                String name = name(address);
                JmDNS responder = JmDNS.create(address, name);
                responders.add(responder);
                responder.addServiceListener(TYPE, new Listener(responder));
                responder.registerService(ServiceInfo.create(TYPE, name, port, 0, 0, Map.of(ID, self.hex())));
                LOG.info("Looking for nodes on the network of {}, and to be found there.", address.getHostAddress());
            }
            if (responders.isEmpty()) {
                LOG.warn("There is no network to look for nodes on: mdns has no effect.");
            }
        } catch (IOException e) {
            LOG.warn("Nodes on this network can't be looked for: {}", e.getMessage());
        }
    }

    /**
     * It names itself by its key, as a host name would say more than others need to know, and by where it is: others
     * remember for an hour where somebody was, and a node that has moved is news to them only under another name.
     */
    private String name(InetAddress address) {
        return "lattice-" + self.shortId() + "-" + Integer.toHexString((address.getHostAddress() + ":" + port).hashCode());
    }

    private static List<InetAddress> addresses() throws SocketException {
        List<InetAddress> addresses = new ArrayList<>();
        for (Enumeration<NetworkInterface> all = NetworkInterface.getNetworkInterfaces(); all.hasMoreElements();) {
            NetworkInterface one = all.nextElement();
            if (one.isUp() && !one.isLoopback() && one.supportsMulticast() && addresses.size() < MAX_INTERFACES) {
                one.inetAddresses().filter(address -> !address.isLinkLocalAddress()).findFirst().ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    private final class Listener implements ServiceListener {
        private final JmDNS responder;

        Listener(JmDNS responder) {
            this.responder = responder;
        }

        @Override
        public void serviceAdded(ServiceEvent event) {
            responder.requestServiceInfo(event.getType(), event.getName());
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            LOG.debug("{} is no longer on this network", event.getName());
        }

        @Override
        public void serviceResolved(ServiceEvent event) {
            ServiceInfo info = event.getInfo();
            List<String> addresses = Arrays.stream(info.getHostAddresses()).limit(Contact.MAX_ADDRESSES)
                    .map(host -> Addresses.of(host.replaceAll("[\\[\\]]", ""), info.getPort()))
                    .filter(Addresses::isAddress).toList();
            try {
                NodeId node = new NodeId(String.valueOf(info.getPropertyString(ID)));
                if (!node.equals(self) && !addresses.isEmpty()) {
                    found.accept(new Contact(node, addresses));
                }
            } catch (IllegalArgumentException e) {
                LOG.debug("{} on this network does not say which node it is", event.getName(), e);
            }
        }
    }

    @Override
    public void close() {
        worker.execute(() -> responders.forEach(responder -> {
            try {
                responder.close();
            } catch (IOException e) {
                LOG.debug("This node could not take its leave of the network", e);
            }
        }));
        worker.shutdown();
        try {
            if (!worker.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.debug("Taking leave of the network goes on in the background");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
