package lattice.service.irc.internal.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One message, as in RFC 1459 section 2.3.1 with the tags of IRCv3: {@code [@tags] [:source] command [parameters]}.
 *
 * @param tags in the order they were given; a tag without a value has the empty one
 * @param source who it is from, if it says so: {@code nick!user@host} or the name of a server
 * @param command upper-case letters or three digits
 * @param params what is between spaces; only the last may be empty, hold spaces or start with a colon
 * @param trailing whether the last parameter is written after a colon even where it need not be, as people's text is
 */
public record Message(Map<String, String> tags, Optional<String> source, String command, List<String> params,
        boolean trailing) {
    /** RFC 1459: a message has at most fifteen parameters, of which the last takes all that is left. */
    public static final int MAX_PARAMS = 15;

    public Message {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        params = List.copyOf(params);
    }

    /** A message without tags, its last parameter after a colon only if it must be. */
    public static Message of(String source, String command, String... params) {
        return new Message(Map.of(), Optional.of(source), command, List.of(params), false);
    }

    /** A message without tags that ends in text for a person. */
    public static Message text(String source, String command, String... params) {
        return new Message(Map.of(), Optional.of(source), command, List.of(params), true);
    }

    public Message withTags(Map<String, String> others) {
        return new Message(others, source, command, params, trailing);
    }

    /** The parameter at {@code index}, or the empty string if there are not so many. */
    public String param(int index) {
        return index < params.size() ? params.get(index) : "";
    }

    /** Whether there is a parameter at {@code index} that is not empty. */
    public boolean has(int index) {
        return !param(index).isEmpty();
    }

    /**
     * Reads a line without its end. Any text is taken; without a letter or digit where the command should be it is no
     * message.
     */
    public static Optional<Message> parse(String line) {
        return new Reader(line).message();
    }

    /** The line without its end and of any length. Line ends and NULs in the parts become spaces. */
    public String line() {
        StringBuilder line = new StringBuilder();
        if (!tags.isEmpty()) {
            line.append('@').append(Tags.write(tags)).append(' ');
        }
        return line.append(body()).toString();
    }

    /** The line without its tags. */
    String body() {
        StringBuilder line = new StringBuilder();
        source.ifPresent(from -> line.append(':').append(from).append(' '));
        line.append(command);
        for (int i = 0; i < params.size(); i++) {
            String param = params.get(i);
            boolean last = i == params.size() - 1;
            boolean colon = param.isEmpty() || param.startsWith(":") || param.indexOf(' ') >= 0;
            if (colon && !last) {
                throw new IllegalArgumentException(
                        "Parameter " + (i + 1) + " of " + command + " must be the last one: '" + param + "'.");
            }
            line.append(colon || last && trailing ? " :" : " ").append(param);
        }
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                line.setCharAt(i, ' ');
            }
        }
        return line.toString();
    }

    private static final class Reader {
        private final String line;
        private int at;

        Reader(String line) {
            this.line = line;
        }

        Optional<Message> message() {
            Map<String, String> tags = Map.of();
            Optional<String> source = Optional.empty();
            skipSpaces();
            if (peek() == '@') {
                at++;
                tags = Tags.read(word());
                skipSpaces();
            }
            if (peek() == ':') {
                at++;
                source = Optional.of(word());
                skipSpaces();
            }
            String command = word().toUpperCase(Locale.ROOT);
            if (!command.matches("(?s)[A-Z0-9].*")) {
                return Optional.empty();
            }
            List<String> params = new ArrayList<>();
            boolean trailing = false;
            skipSpaces();
            while (at < line.length()) {
                if (peek() == ':') {
                    at++;
                    trailing = true;
                }
                if (trailing || params.size() == MAX_PARAMS - 1) {
                    params.add(line.substring(at));
                    break;
                }
                params.add(word());
                skipSpaces();
            }
            return Optional.of(new Message(tags, source, command, params, trailing));
        }

        private char peek() {
            return at < line.length() ? line.charAt(at) : 0;
        }

        private void skipSpaces() {
            while (peek() == ' ') {
                at++;
            }
        }

        private String word() {
            int end = line.indexOf(' ', at);
            String word = line.substring(at, end < 0 ? line.length() : end);
            at += word.length();
            return word;
        }
    }
}
