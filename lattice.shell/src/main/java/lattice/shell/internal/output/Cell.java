package lattice.shell.internal.output;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lattice.shell.Details;
import lattice.shell.Styled;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/** Turns the values of tables and details into lines for a person. */
final class Cell {
    static final AttributedStyle HEADING = AttributedStyle.BOLD;
    static final AttributedStyle ERROR = AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);

    /** UTC, with a space where it may be folded. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Pattern CAPITAL = Pattern.compile("(?<=[a-z0-9])([A-Z])");
    private static final AttributedStyle QUIET = AttributedStyle.DEFAULT.faint();

    private Cell() {
    }

    /** At least one line. */
    static List<AttributedString> lines(Object value) {
        if (value instanceof List<?> list) {
            List<AttributedString> lines = new ArrayList<>();
            list.forEach(item -> lines.addAll(lines(item)));
            return lines.isEmpty() ? List.of(dash()) : lines;
        }
        return List.of(line(value));
    }

    private static AttributedString line(Object value) {
        if (value == null) {
            return dash();
        }
        if (value instanceof Styled styled) {
            return new AttributedString(Printable.line(styled.text()), style(styled.tone()));
        }
        return new AttributedString(Printable.line(text(value)));
    }

    /** The name of a column or field as words: {@code logBytes} is for JSON. */
    static String words(String name) {
        return Printable.line(CAPITAL.matcher(name).replaceAll(" $1").toLowerCase(Locale.ROOT));
    }

    static boolean isNumber(Object value) {
        return value instanceof Number;
    }

    private static String text(Object value) {
        if (value instanceof Instant time) {
            return TIME.format(time);
        }
        if (value instanceof Boolean yes) {
            return yes ? "yes" : "no";
        }
        if (value instanceof Details details) {
            return details.fields().entrySet().stream().map(Cell::field).collect(Collectors.joining(", "));
        }
        return value.toString();
    }

    private static String field(Map.Entry<String, Object> field) {
        return words(field.getKey()) + " " + lines(field.getValue()).stream().map(AttributedString::toString)
                .collect(Collectors.joining(" "));
    }

    private static AttributedString dash() {
        return new AttributedString("-", QUIET);
    }

    private static AttributedStyle style(Styled.Tone tone) {
        return switch (tone) {
            case GOOD -> AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
            case WARNING -> AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
            case BAD -> ERROR;
            case QUIET -> QUIET;
        };
    }
}
