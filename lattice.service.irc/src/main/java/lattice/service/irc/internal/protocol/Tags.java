package lattice.service.irc.internal.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The tags of a message as text: {@code time=12:00;+typing=active} (IRCv3 "Message Tags"). */
public final class Tags {
    private Tags() {
    }

    /** Reads tags; a key that comes again replaces what was there, an empty key is passed over. */
    public static Map<String, String> read(String text) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (String tag : text.split(";")) {
            int equals = tag.indexOf('=');
            String key = equals < 0 ? tag : tag.substring(0, equals);
            if (!key.isEmpty()) {
                tags.put(key, equals < 0 ? "" : unescape(tag.substring(equals + 1)));
            }
        }
        return tags;
    }

    /** Writes tags so that {@link #read} gives them back. */
    public static String write(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> tag.getValue().isEmpty() ? tag.getKey() : tag.getKey() + "=" + escape(tag.getValue()))
                .collect(Collectors.joining(";"));
    }

    private static String escape(String value) {
        StringBuilder escaped = new StringBuilder();
        for (char c : value.toCharArray()) {
            switch (c) {
                case ';' -> escaped.append("\\:");
                case ' ' -> escaped.append("\\s");
                case '\\' -> escaped.append("\\\\");
                case '\r' -> escaped.append("\\r");
                case '\n' -> escaped.append("\\n");
                case 0 -> escaped.append("\\s");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    private static String unescape(String value) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '\\') {
                plain.append(c);
            } else if (++i < value.length()) {
                char escaped = value.charAt(i);
                plain.append(switch (escaped) {
                    case ':' -> ';';
                    case 's' -> ' ';
                    case 'r' -> '\r';
                    case 'n' -> '\n';
                    default -> escaped;
                });
            }
        }
        return plain.toString();
    }
}
