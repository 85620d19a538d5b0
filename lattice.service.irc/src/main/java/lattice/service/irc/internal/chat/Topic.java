package lattice.service.irc.internal.chat;

/**
 * What a channel is about. When it was set is in the version of its entry.
 *
 * @param text empty if it was taken away
 * @param by who set it
 */
public record Topic(String text, Origin by) {
    /** The longest text, in characters. */
    public static final int MAX_TEXT = 390;

    /** @throws IllegalArgumentException if something is missing or too long */
    public Topic {
        if (text == null || by == null) {
            throw new IllegalArgumentException("A topic needs 'text' and 'by'.");
        }
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException("A topic has at most " + MAX_TEXT + " characters, not " + text.length() + ".");
        }
    }
}
