package lattice.log.internal;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;

/** Events as {@link LogLine}s, where wanted with the stack trace below the line, indented. */
final class LineLayout extends LayoutBase<ILoggingEvent> {
    private final boolean traces;

    LineLayout(boolean traces) {
        this.traces = traces;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder lines = new StringBuilder(new LogLine(Instant.ofEpochMilli(event.getTimeStamp()), event.getLevel(),
                event.getLoggerName(), event.getThreadName(), String.valueOf(event.getFormattedMessage())).format());
        lines.append('\n');
        if (traces && event.getThrowableProxy() != null) {
            ThrowableProxyUtil.asString(event.getThrowableProxy()).lines()
                    .forEach(line -> lines.append("    ").append(line.replace("\t", "    ")).append('\n'));
        }
        return lines.toString();
    }
}
