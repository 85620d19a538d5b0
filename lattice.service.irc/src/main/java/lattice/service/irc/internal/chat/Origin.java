package lattice.service.irc.internal.chat;

import java.util.regex.Pattern;

/**
 * Who did something.
 *
 * @param mask {@code nick!user@host} at that time
 * @param session a random name of the connection, by which its own gateway knows it again
 */
public record Origin(String mask, String session) {
    private static final Pattern MASK = Pattern.compile("[^\\x00-\\x20!@:][^\\x00-\\x20!@]*![^\\x00-\\x20!@]+@[^\\x00-\\x20!@]+");
    private static final int MAX_MASK = 256;

    /** @throws IllegalArgumentException if it can't be the source of a message */
    public Origin {
        if (mask == null || mask.length() > MAX_MASK || !MASK.matcher(mask).matches()) {
            throw new IllegalArgumentException("'by' needs a mask of the form nick!user@host, not '" + mask + "'.");
        }
        session = session == null ? "" : session;
    }

    /** The nickname. */
    public String nick() {
        return mask.substring(0, mask.indexOf('!'));
    }
}
