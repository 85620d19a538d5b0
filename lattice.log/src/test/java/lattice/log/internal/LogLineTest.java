package lattice.log.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.time.Instant;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;

class LogLineTest {
    private static final Instant TIME = Instant.parse("2026-01-31T12:00:00.123Z");

    @Example
    void aLineIsReadableAsItStands() {
        assertThat(new LogLine(TIME, Level.WARN, "lattice.kernel", "main", "No room left.").format())
                .isEqualTo("2026-01-31T12:00:00.123Z WARN  lattice.kernel [main] No room left.");
    }

    @Example
    void aStackTraceIsNoLine() {
        assertThat(LogLine.parse("    at lattice.Example.main(Example.java:1)")).isEmpty();
    }

    @Property
    void whatIsWrittenIsReadBack(@ForAll @StringLength(max = 40) String logger, @ForAll @StringLength(max = 40) String thread,
            @ForAll @StringLength(max = 200) String message) {
        LogLine line = new LogLine(TIME, Level.INFO, logger, thread, message);
        assertThat(line.format().lines()).hasSizeLessThanOrEqualTo(1).allSatisfy(text ->
                assertThat(LogLine.parse(text)).contains(line));
    }

    @Property
    void nobodyWritesALineForAnotherOrMovesTheCursor(@ForAll @StringLength(max = 200) String message) {
        assertThat(new LogLine(TIME, Level.INFO, "a", "b", "x\n" + message + "\u001b[2J\r").format())
                .doesNotContainPattern("[\\p{Cc}\\p{Zl}\\p{Zp}]");
    }
}
