package lattice.service.irc.internal.chat;

import lattice.service.irc.internal.protocol.Wire;

/**
 * What a channel is about. When it was set is in the version of its entry.
 *
 * @param text empty if it was taken away
 * @param by who set it
 */
public record Topic(String text, Origin by) {
    /** The longest text, in bytes of UTF-8: what a message has room for. */
    public static final int MAX_BYTES = 300;

    /** @throws IllegalArgumentException if something is missing or too long */
    public Topic {
        if (text == null || by == null) {
            throw new IllegalArgumentException("A topic needs 'text' and 'by'.");
        }
        if (Wire.length(text) > MAX_BYTES) {
            throw new IllegalArgumentException("A topic has at most " + MAX_BYTES + " bytes, not " + Wire.length(text) + ".");
        }
    }
}
