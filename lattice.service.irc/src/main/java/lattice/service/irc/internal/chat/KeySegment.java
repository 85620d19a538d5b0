package lattice.service.irc.internal.chat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Any text as one segment of a key: what a key does not take, and {@code %} itself, is written as {@code %} and two
 * hexadecimal digits for each byte of its UTF-8. Different texts have different segments.
 */
final class KeySegment {
    private KeySegment() {
    }

    static String encode(String text) {
        StringBuilder segment = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%' || c == '/' || c == '.' && i == 0 || Character.isISOControl(c)) {
                for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
                    segment.append(String.format("%%%02X", b));
                }
            } else {
                segment.append(c);
            }
        }
        return segment.toString();
    }

    /** @throws IllegalArgumentException if it is no segment that {@link #encode} makes */
    static String decode(String segment) {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream(segment.length());
        for (int i = 0; i < segment.length();) {
            if (segment.charAt(i) == '%') {
                if (i + 3 > segment.length()) {
                    throw new IllegalArgumentException("'" + segment + "' ends within an escape.");
                }
                utf8.write(Integer.parseInt(segment, i + 1, i + 3, 16));
                i += 3;
            } else {
                int end = segment.indexOf('%', i);
                String plain = segment.substring(i, end < 0 ? segment.length() : end);
                utf8.writeBytes(plain.getBytes(StandardCharsets.UTF_8));
                i += plain.length();
            }
        }
        String text = utf8.toString(StandardCharsets.UTF_8);
        if (!encode(text).equals(segment)) {
            throw new IllegalArgumentException("'" + segment + "' is not the encoding of '" + text + "'.");
        }
        return text;
    }
}
