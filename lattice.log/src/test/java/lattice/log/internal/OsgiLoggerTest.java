package lattice.log.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OsgiLoggerTest {
    private final LoggerContext context = new LoggerContext();
    private final ch.qos.logback.classic.Logger target = context.getLogger("lattice.test");
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final OsgiLogger braces = new OsgiLogger(target, OsgiLogger.Style.BRACES);
    private final OsgiLogger percent = new OsgiLogger(target, OsgiLogger.Style.PERCENT);
    private final Exception cause = new IllegalStateException("why");

    @BeforeEach
    void listen() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        target.setLevel(Level.INFO);
        events.setContext(context);
        events.start();
        target.addAppender(events);
    }

    @Test
    void argumentsAreFormattedInTheStyleOfTheLogger() {
        braces.info("{} of {}", 1, 2);
        percent.info("%d of %d", 1, 2);
        assertThat(events.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("1 of 2", "1 of 2");
    }

    @Test
    void aThrowableAtTheEndIsTheCause() {
        braces.error("{} failed", "it", cause);
        percent.warn("%s failed", "it", cause);
        braces.error("Alone", cause);
        assertThat(events.list).extracting(event -> ((ThrowableProxy) event.getThrowableProxy()).getThrowable())
                .containsExactly(cause, cause, cause);
        assertThat(events.list).extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("it failed", "it failed", "Alone");
        assertThat(events.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.ERROR, Level.WARN, Level.ERROR);
    }

    @Test
    void whatIsNotLoggedIsNotFormattedEither() throws Exception {
        braces.debug("{}", new Object() {
            @Override
            public String toString() {
                throw new AssertionError("asked");
            }
        });
        braces.trace(logger -> {
            throw new AssertionError("asked");
        });
        braces.warn(logger -> logger.warn("yes"));
        assertThat(events.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("yes");
    }

    @Test
    void aBrokenFormatIsLoggedAsItIs() {
        percent.error("%d %q", "no");
        assertThat(events.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("%d %q [no]");
    }

    @Test
    void whatMustBeKeptIsKept() {
        braces.audit("{} consented", "anna");
        assertThat(events.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("anna consented");
    }
}
