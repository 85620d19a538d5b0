package lattice.mesh.internal.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import lattice.mesh.internal.join.Addresses;

/**
 * How this node takes part in meshes. Each value comes from the configuration {@code lattice.mesh}, else from a framework
 * property {@code lattice.mesh.} and its name.
 *
 * @param host the address to listen on
 * @param port the port to listen on, 0 for any
 * @param addresses how others reach this node; empty for those of its network interfaces
 * @param onlyDials whether others can't reach it, as behind NAT: it gives no addresses ({@code addresses} is {@code none})
 * @param seeds members that are tried whatever this node knows, {@code host:port} each
 * @param mdns whether it looks for members on its own network, and lets itself be found there
 * @param name what others call this node
 */
public record MeshConfig(String host, int port, List<String> addresses, boolean onlyDials, List<String> seeds,
        boolean mdns, String name) {
    public static final String PID = "lattice.mesh";

    private static final int DEFAULT_PORT = 7473;
    private static final int MAX_ADDRESSES = 6;
    private static final String NONE = "none";

    /** @throws IllegalArgumentException if a value is none, in a sentence */
    public static MeshConfig of(Map<String, ?> configuration, UnaryOperator<String> framework) {
        String port = value("port", String.valueOf(DEFAULT_PORT), configuration, framework);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new IllegalArgumentException("The setting port of " + PID + " is '" + port + "', not a port.");
        }
        String addresses = value("addresses", "", configuration, framework);
        String mdns = value("mdns", "false", configuration, framework);
        if (!mdns.equals("true") && !mdns.equals("false")) {
            throw new IllegalArgumentException("The setting mdns of " + PID + " is '" + mdns + "', not true or false.");
        }
        boolean onlyDials = addresses.equals(NONE);
        return new MeshConfig(value("host", "0.0.0.0", configuration, framework), Integer.parseInt(port),
                onlyDials ? List.of() : addresses("addresses", addresses), onlyDials,
                addresses("seeds", value("seeds", "", configuration, framework)), mdns.equals("true"),
                value("name", "", configuration, framework));
    }

    private static List<String> addresses(String setting, String text) {
        List<String> addresses = new ArrayList<>();
        for (String address : text.split("[ ,]+")) {
            if (!address.isEmpty()) {
                if (!Addresses.isAddress(address)) {
                    throw new IllegalArgumentException("The setting " + setting + " of " + PID + " holds '" + address
                            + "', which is not of the form host:port.");
                }
                addresses.add(address);
            }
        }
        return addresses;
    }

    private static String value(String name, String otherwise, Map<String, ?> configuration,
            UnaryOperator<String> framework) {
        Object configured = configuration.get(name);
        String property = framework.apply(PID + "." + name);
        return configured != null ? String.valueOf(configured) : property != null ? property : otherwise;
    }

    /** How others reach this node if it listens on a port. */
    List<String> reachableAt(int listening) throws SocketException {
        if (onlyDials || !addresses.isEmpty()) {
            return addresses;
        }
        if (!host.equals("0.0.0.0") && !host.equals("::")) {
            return List.of(Addresses.of(host, listening));
        }
        List<String> found = new ArrayList<>();
        for (Enumeration<NetworkInterface> all = NetworkInterface.getNetworkInterfaces(); all.hasMoreElements();) {
            NetworkInterface one = all.nextElement();
            if (one.isUp() && !one.isLoopback()) {
                one.inetAddresses().filter(MeshConfig::isOfUse).forEach(address -> found
                        .add(Addresses.of(address.getHostAddress().replaceAll("%.*", ""), listening)));
            }
        }
        if (found.isEmpty()) {
            found.add(Addresses.of(InetAddress.getLoopbackAddress().getHostAddress(), listening));
        }
        return List.copyOf(found.subList(0, Math.min(MAX_ADDRESSES, found.size())));
    }

    private static boolean isOfUse(InetAddress address) {
        return !address.isLinkLocalAddress() && !address.isMulticastAddress()
                && !(address instanceof Inet6Address six && six.isSiteLocalAddress());
    }
}
