package lattice.service.irc.internal.server;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import lattice.service.irc.internal.session.Limits;

/** Counts connections, all and by address. An IPv6 customer has a whole /64, so that counts as one address. */
final class ConnectionLimiter {
    private final Map<String, Integer> byAddress = new HashMap<>();
    private int all;

    /** Counts a connection in, unless it is one too many. */
    boolean enter(InetAddress address, Limits limits) {
        String key = key(address);
        int there = byAddress.getOrDefault(key, 0);
        if (all >= limits.connections() || there >= limits.connectionsPerAddress()) {
            return false;
        }
        all++;
        byAddress.put(key, there + 1);
        return true;
    }

    /** Counts a connection out that was counted in. */
    void leave(InetAddress address) {
        all--;
        byAddress.computeIfPresent(key(address), (key, there) -> there == 1 ? null : there - 1);
    }

    private static String key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return HexFormat.of().formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
    }
}
