package lattice.log.internal;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What processes print that the node supervises: each has a file of its own, so that one that prints a lot pushes nothing
 * of the node's, or of another one's, out of the log.
 */
final class DaemonFiles extends AppenderBase<ILoggingEvent> {
    /** Loggers of that name and a service's id. */
    static final String LOGGER = "daemon";
    /** The directory of their files in that of the log. */
    static final String DIRECTORY = "daemons";

    private final Function<String, Appender<ILoggingEvent>> files;
    private final Map<String, Appender<ILoggingEvent>> open = new HashMap<>();

    /** @param files makes and starts the file of a service */
    DaemonFiles(Function<String, Appender<ILoggingEvent>> files) {
        this.files = files;
    }

    @Override
    protected void append(ILoggingEvent event) {
        String service = event.getLoggerName().substring(LOGGER.length() + 1);
        open.computeIfAbsent(service, files).doAppend(event);
    }

    @Override
    public synchronized void stop() {
        open.values().forEach(Appender::stop);
        open.clear();
        super.stop();
    }
}
