package lattice.log.internal;

import ch.qos.logback.classic.Level;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One event in the log. In the file it is a line, {@code 2026-01-31T12:00:00.000Z WARN  logger [thread] message}, and one
 * indented line for each of a stack trace's.
 *
 * @param time with milliseconds
 * @param level one of ERROR, WARN, INFO, DEBUG and TRACE
 * @param logger the name of who says it
 * @param thread the name of the thread
 * @param message one line
 */
record LogLine(Instant time, Level level, String logger, String thread, String message) {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern LINE = Pattern.compile("(\\S{24}) (ERROR|WARN|INFO|DEBUG|TRACE) +(\\S+) \\[(.*?)\\] (.*)");
    /** What ends a line, moves a cursor, or turns the direction of writing. */
    private static final Pattern CONTROL =
            Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}\\x{202A}-\\x{202E}\\x{2066}-\\x{2069}]+");

    LogLine {
        // What others say is logged too: no line breaks and no escape codes of theirs, in the file or on a terminal.
        logger = oneLine(logger).isEmpty() ? "-" : oneLine(logger).replace(' ', '_');
        thread = oneLine(thread).replace(']', ')');
        message = oneLine(message);
    }

    private static String oneLine(String text) {
        return CONTROL.matcher(text).replaceAll(" ").strip();
    }

    String format() {
        return String.format("%s %-5s %s [%s] %s", TIME.format(time), level, logger, thread, message);
    }

    /** Nothing if the line is none that {@link #format} made, such as a line of a stack trace. */
    static Optional<LogLine> parse(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new LogLine(TIME.parse(matcher.group(1), Instant::from), Level.toLevel(matcher.group(2)),
                    matcher.group(3), matcher.group(4), matcher.group(5)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
