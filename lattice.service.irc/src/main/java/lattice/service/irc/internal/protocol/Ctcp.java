package lattice.service.irc.internal.protocol;

/** Text between two bytes 0x01 is for the other client rather than its user; {@code ACTION} ({@code /me}) is for both. */
public final class Ctcp {
    private static final String ACTION = "\u0001ACTION ";

    private Ctcp() {
    }

    /** Whether it asks or answers a client, so that to repeat it later would make clients answer again. */
    public static boolean isForClients(String text) {
        return text.startsWith("\u0001") && !isAction(text);
    }

    public static boolean isAction(String text) {
        return text.startsWith(ACTION);
    }

    /** The text with something put before what its reader sees. */
    public static String prefixed(String prefix, String text) {
        return isAction(text) ? ACTION + prefix + text.substring(ACTION.length()) : prefix + text;
    }
}
