package lattice.service.irc.internal.protocol;

import java.util.Arrays;
import java.util.Optional;

/** The extensions of IRCv3 that a client can ask for (ircv3.net/irc). */
public enum Capability {
    AWAY_NOTIFY("away-notify"),
    BATCH("batch"),
    CAP_NOTIFY("cap-notify"),
    ECHO_MESSAGE("echo-message"),
    EXTENDED_JOIN("extended-join"),
    INVITE_NOTIFY("invite-notify"),
    MESSAGE_TAGS("message-tags"),
    MULTI_PREFIX("multi-prefix"),
    SERVER_TIME("server-time"),
    SETNAME("setname"),
    USERHOST_IN_NAMES("userhost-in-names");

    private final String name;

    Capability(String name) {
        this.name = name;
    }

    /** What it is called on the wire. */
    public String wireName() {
        return name;
    }

    /** The one of that name, if there is one. */
    public static Optional<Capability> named(String name) {
        return Arrays.stream(values()).filter(capability -> capability.name.equals(name)).findFirst();
    }
}
