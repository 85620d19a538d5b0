package lattice.log.internal;

import java.util.Arrays;
import java.util.IllegalFormatException;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LoggerConsumer;
import org.slf4j.event.Level;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;

/** A logger of OSGi's log service that speaks through one of SLF4J's. */
final class OsgiLogger implements FormatterLogger {
    private final org.slf4j.Logger logger;
    private final Style style;

    /** How arguments get into a message; a throwable that is the last of them is the cause of the event. */
    enum Style {
        /** {@code {}}, as SLF4J has it. */
        BRACES {
            @Override
            FormattingTuple format(String format, Object[] arguments) {
                return MessageFormatter.arrayFormat(format, arguments);
            }
        },
        /** {@code %s}, as {@link String#format} has it. */
        PERCENT {
            @Override
            FormattingTuple format(String format, Object[] arguments) {
                Throwable cause = MessageFormatter.getThrowableCandidate(arguments);
                Object[] rest = cause == null ? arguments : MessageFormatter.trimmedCopy(arguments);
                try {
                    return new FormattingTuple(String.format(format, rest), arguments, cause);
                } catch (IllegalFormatException e) {
                    // Who logs should not fail for how it is said.
                    return new FormattingTuple(format + " " + Arrays.toString(rest), arguments, cause);
                }
            }
        };

        abstract FormattingTuple format(String format, Object[] arguments);
    }

    OsgiLogger(org.slf4j.Logger logger, Style style) {
        this.logger = logger;
        this.style = style;
    }

    private void log(Level level, String message) {
        logger.atLevel(level).log(message);
    }

    private void log(Level level, String format, Object... arguments) {
        if (logger.isEnabledForLevel(level)) {
            FormattingTuple event = style.format(format, arguments);
            logger.atLevel(level).setCause(event.getThrowable()).log(event.getMessage());
        }
    }

    private <E extends Exception> void log(Level level, LoggerConsumer<E> consumer) throws E {
        if (logger.isEnabledForLevel(level)) {
            consumer.accept(this);
        }
    }

    @Override
    public String getName() {
        return logger.getName();
    }

    @Override
    public boolean isTraceEnabled() {
        return logger.isTraceEnabled();
    }

    @Override
    public void trace(String message) {
        log(Level.TRACE, message);
    }

    @Override
    public void trace(String format, Object argument) {
        log(Level.TRACE, format, new Object[] {argument});
    }

    @Override
    public void trace(String format, Object argument1, Object argument2) {
        log(Level.TRACE, format, argument1, argument2);
    }

    @Override
    public void trace(String format, Object... arguments) {
        log(Level.TRACE, format, arguments);
    }

    @Override
    public <E extends Exception> void trace(LoggerConsumer<E> consumer) throws E {
        log(Level.TRACE, consumer);
    }

    @Override
    public boolean isDebugEnabled() {
        return logger.isDebugEnabled();
    }

    @Override
    public void debug(String message) {
        log(Level.DEBUG, message);
    }

    @Override
    public void debug(String format, Object argument) {
        log(Level.DEBUG, format, new Object[] {argument});
    }

    @Override
    public void debug(String format, Object argument1, Object argument2) {
        log(Level.DEBUG, format, argument1, argument2);
    }

    @Override
    public void debug(String format, Object... arguments) {
        log(Level.DEBUG, format, arguments);
    }

    @Override
    public <E extends Exception> void debug(LoggerConsumer<E> consumer) throws E {
        log(Level.DEBUG, consumer);
    }

    @Override
    public boolean isInfoEnabled() {
        return logger.isInfoEnabled();
    }

    @Override
    public void info(String message) {
        log(Level.INFO, message);
    }

    @Override
    public void info(String format, Object argument) {
        log(Level.INFO, format, new Object[] {argument});
    }

    @Override
    public void info(String format, Object argument1, Object argument2) {
        log(Level.INFO, format, argument1, argument2);
    }

    @Override
    public void info(String format, Object... arguments) {
        log(Level.INFO, format, arguments);
    }

    @Override
    public <E extends Exception> void info(LoggerConsumer<E> consumer) throws E {
        log(Level.INFO, consumer);
    }

    @Override
    public boolean isWarnEnabled() {
        return logger.isWarnEnabled();
    }

    @Override
    public void warn(String message) {
        log(Level.WARN, message);
    }

    @Override
    public void warn(String format, Object argument) {
        log(Level.WARN, format, new Object[] {argument});
    }

    @Override
    public void warn(String format, Object argument1, Object argument2) {
        log(Level.WARN, format, argument1, argument2);
    }

    @Override
    public void warn(String format, Object... arguments) {
        log(Level.WARN, format, arguments);
    }

    @Override
    public <E extends Exception> void warn(LoggerConsumer<E> consumer) throws E {
        log(Level.WARN, consumer);
    }

    @Override
    public boolean isErrorEnabled() {
        return logger.isErrorEnabled();
    }

    @Override
    public void error(String message) {
        log(Level.ERROR, message);
    }

    @Override
    public void error(String format, Object argument) {
        log(Level.ERROR, format, new Object[] {argument});
    }

    @Override
    public void error(String format, Object argument1, Object argument2) {
        log(Level.ERROR, format, argument1, argument2);
    }

    @Override
    public void error(String format, Object... arguments) {
        log(Level.ERROR, format, arguments);
    }

    @Override
    public <E extends Exception> void error(LoggerConsumer<E> consumer) throws E {
        log(Level.ERROR, consumer);
    }

    /** What is to be kept whatever the level has no level of its own here. */
    @Override
    public void audit(String message) {
        log(Level.INFO, message);
    }

    @Override
    public void audit(String format, Object argument) {
        log(Level.INFO, format, new Object[] {argument});
    }

    @Override
    public void audit(String format, Object argument1, Object argument2) {
        log(Level.INFO, format, argument1, argument2);
    }

    @Override
    public void audit(String format, Object... arguments) {
        log(Level.INFO, format, arguments);
    }
}
