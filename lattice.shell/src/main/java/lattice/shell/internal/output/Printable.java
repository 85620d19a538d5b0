package lattice.shell.internal.output;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Makes text safe to show. Whatever a terminal may take for a command, or a reader for something that isn't there, is
 * shown by its number: control characters, direction and other invisible marks, halves of characters.
 */
public final class Printable {
    /** Invisible, but written languages and emoji need them. */
    private static final int ZERO_WIDTH_NON_JOINER = 0x200c;
    private static final int ZERO_WIDTH_JOINER = 0x200d;

    private Printable() {
    }

    /** One line of printable characters. */
    public static String line(String text) {
        return escape(text, false);
    }

    /** Printable characters, line breaks and tabs. */
    public static String lines(String text) {
        return escape(text, true);
    }

    /** The text that these bytes are, if they are well-formed UTF-8. */
    public static Optional<String> text(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Bytes as lines of printable characters: as text, or what isn't text as numbers. */
    public static String bytes(byte[] bytes) {
        Optional<String> text = text(bytes);
        if (text.isPresent()) {
            return lines(text.get());
        }
        StringBuilder shown = new StringBuilder(bytes.length * 2);
        for (byte b : bytes) {
            if (b >= 0x20 && b < 0x7f) {
                shown.append((char) b);
            } else {
                shown.append(String.format("\\x%02x", b & 0xff));
            }
        }
        return shown.toString();
    }

    /** Writes invisible characters within JSON's strings by number, as JSON allows. */
    static String json(String document) {
        StringBuilder shown = new StringBuilder(document.length());
        for (int i = 0; i < document.length(); i++) {
            char c = document.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < document.length()
                    && Character.isLowSurrogate(document.charAt(i + 1))) {
                char low = document.charAt(++i);
                if (isVisible(Character.toCodePoint(c, low))) {
                    shown.append(c).append(low);
                } else {
                    shown.append(String.format("\\u%04x\\u%04x", (int) c, (int) low));
                }
            } else if (c == '\n' || isVisible(c)) {
                shown.append(c);
            } else {
                shown.append(String.format("\\u%04x", (int) c));
            }
        }
        return shown.toString();
    }

    private static String escape(String text, boolean keepLines) {
        StringBuilder shown = null;
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (isVisible(c) || keepLines && (c == '\n' || c == '\t')) {
                if (shown != null) {
                    shown.appendCodePoint(c);
                }
            } else {
                if (shown == null) {
                    shown = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                shown.append(switch (c) {
                    case '\n' -> "\\n";
                    case '\r' -> "\\r";
                    case '\t' -> "\\t";
                    default -> c < 0x100 ? String.format("\\x%02x", c)
                            : c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\U%08x", c);
                });
            }
            i = next;
        }
        return shown == null ? text : shown.toString();
    }

    private static boolean isVisible(int c) {
        if (c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
