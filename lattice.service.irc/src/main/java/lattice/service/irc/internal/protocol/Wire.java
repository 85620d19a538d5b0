package lattice.service.irc.internal.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Messages as bytes: UTF-8, a bounded length, CR LF at the end. */
public final class Wire {
    /** The longest line without tags, its end included (RFC 1459 section 2.3). */
    public static final int MAX_LINE = 512;

    /** The longest tags that a client may send, with the {@code @} and the space around them (IRCv3 "Message Tags"). */
    public static final int MAX_CLIENT_TAGS = 4096;

    /** What a numeric has room for beside the longest names of a server, a client and a channel, in bytes. */
    public static final int ROOM = 320;

    private Wire() {
    }

    /** The bytes of a message; one that is too long is cut at a character. */
    public static byte[] encode(Message message) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(MAX_LINE);
        if (!message.tags().isEmpty()) {
            line.writeBytes(("@" + Tags.write(message.tags()) + " ").getBytes(StandardCharsets.UTF_8));
        }
        byte[] body = message.body().getBytes(StandardCharsets.UTF_8);
        line.write(body, 0, cut(body, MAX_LINE - 2));
        line.write('\r');
        line.write('\n');
        return line.toByteArray();
    }

    /**
     * The text of a line: UTF-8, or Latin-1 if it is not that, as old clients send. NULs are left out, so that whatever
     * comes in can go out again.
     */
    public static String decode(byte[] line) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        } catch (CharacterCodingException notUtf8) {
            text = new String(line, StandardCharsets.ISO_8859_1);
        }
        return text.indexOf(0) < 0 ? text : text.replace("\0", "");
    }

    /** How many bytes of UTF-8 a text has. */
    public static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The beginning of a text that fits into so many bytes of UTF-8. */
    public static String cut(String text, int bytes) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return utf8.length <= bytes ? text : new String(utf8, 0, cut(utf8, bytes), StandardCharsets.UTF_8);
    }

    /** Words joined by spaces into lines of at most so many bytes; a word that is longer has a line of its own. */
    public static List<String> pack(Iterable<String> words, int bytes) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int length = 0;
        for (String word : words) {
            int more = length(word) + 1;
            if (length > 0 && length + more > bytes) {
                lines.add(line.toString());
                line.setLength(0);
                length = 0;
            }
            line.append(length == 0 ? "" : " ").append(word);
            length += more;
        }
        if (length > 0) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static int cut(byte[] utf8, int bytes) {
        int length = Math.min(utf8.length, bytes);
        while (length < utf8.length && length > 0 && (utf8[length] & 0xc0) == 0x80) {
            length--;
        }
        return length;
    }
}
