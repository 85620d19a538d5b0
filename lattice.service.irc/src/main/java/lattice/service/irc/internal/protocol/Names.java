package lattice.service.irc.internal.protocol;

import java.util.regex.Pattern;

/** What may be a name. */
public final class Names {
    public static final int MAX_NICK = 30;
    /** In bytes of UTF-8. */
    public static final int MAX_CHANNEL = 64;
    public static final int MAX_USER = 18;

    private static final Pattern NICK = Pattern.compile("[A-Za-z\\[\\]\\\\`_^{|}][A-Za-z0-9\\[\\]\\\\`_^{|}-]*");
    private static final Pattern CHANNEL = Pattern.compile("#[^\\x00\\x07\\r\\n ,:]*");
    private static final Pattern SERVER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]*(\\.[A-Za-z0-9][A-Za-z0-9-]*)+");

    private Names() {
    }

    /** Whether it may be a nickname (RFC 2812 section 2.3.1, but longer). */
    public static boolean isNick(String name) {
        return name.length() <= MAX_NICK && NICK.matcher(name).matches();
    }

    /** Whether it may be a channel: a {@code #} and anything but spaces, commas, colons, bells and line ends. */
    public static boolean isChannel(String name) {
        return Wire.length(name) <= MAX_CHANNEL && CHANNEL.matcher(name).matches();
    }

    /** Whether it looks like a channel, be it a good one or not. */
    public static boolean looksLikeChannel(String name) {
        return name.startsWith("#");
    }

    /** Whether it may be the name of a server: words joined by dots, at most 63 characters. */
    public static boolean isServer(String name) {
        return name.length() <= 63 && SERVER.matcher(name).matches();
    }

    /** A user name out of what a client says: nothing that could be taken for another part of {@code nick!user@host}. */
    public static String user(String asked) {
        String plain = asked.replaceAll("[^\\x21-\\x7e]|[!@:*?]", "");
        return "~" + (plain.isEmpty() ? "user" : plain.substring(0, Math.min(plain.length(), MAX_USER - 1)));
    }
}
