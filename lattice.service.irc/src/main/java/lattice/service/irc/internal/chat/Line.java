package lattice.service.irc.internal.chat;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What was said in a channel.
 *
 * @param kind as what
 * @param by by whom
 * @param text up to the length of a line
 * @param tags the tags that clients attach for clients; their names start with {@code +}
 */
public record Line(Kind kind, Origin by, String text, Map<String, String> tags) {
    private static final int MAX_TEXT = 512;
    private static final int MAX_TAGS = 4096;
    private static final Pattern TAG = Pattern.compile("\\+[A-Za-z0-9./-]+");

    /** The commands that say something. */
    public enum Kind {
        PRIVMSG, NOTICE
    }

    /** @throws IllegalArgumentException if something is missing, too long, or a tag is not for clients */
    public Line {
        if (kind == null || by == null || text == null || text.isEmpty()) {
            throw new IllegalArgumentException("A line needs 'kind', 'by' and 'text'.");
        }
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException("A line has at most " + MAX_TEXT + " characters, not " + text.length() + ".");
        }
        // Sorted, so that a line is always the same bytes.
        tags = tags == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(tags));
        int length = 0;
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (tag.getValue() == null || !TAG.matcher(tag.getKey()).matches()) {
                throw new IllegalArgumentException("A tag of a line starts with '+' and has a value, not '" + tag + "'.");
            }
            length += tag.getKey().length() + tag.getValue().length();
        }
        if (length > MAX_TAGS) {
            throw new IllegalArgumentException("A line's tags have at most " + MAX_TAGS + " characters, not " + length + ".");
        }
    }
}
