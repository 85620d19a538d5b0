package lattice.mesh.internal.join;

import java.util.regex.Pattern;

/** What {@code host:port} looks like. */
public final class Addresses {
    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[a-zA-Z0-9._-]{1,253}):([0-9]{1,5})");

    private Addresses() {
    }

    public static boolean isAddress(String text) {
        return FORM.matcher(text).matches() && port(text) >= 1 && port(text) <= 65535;
    }

    public static String host(String address) {
        return address.substring(0, address.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
    }

    public static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    public static String of(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
