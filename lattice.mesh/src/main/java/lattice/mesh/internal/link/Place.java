package lattice.mesh.internal.link;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Where connections come from, as they are counted. */
public final class Place {
    private static final int SUBNET_BYTES = 8;

    private Place() {
    }

    /** An IPv4 address, or the /64 network of an IPv6 address, of which one machine has all (RFC 4291, 2.5.1). */
    public static String of(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
            return String.valueOf(address);
        }
        return inet.getAddress() instanceof Inet6Address six ? network(six) : inet.getAddress().getHostAddress();
    }

    private static String network(Inet6Address address) {
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, SUBNET_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An IPv6 address has 16 bytes.", e);
        }
    }
}
