package lattice.log.internal;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Brings what is said to OSGi's log service, by Declarative Services and Config Admin above all, into the log. */
final class OsgiLogBridge extends ServiceTracker<LogReaderService, LogReaderService> implements LogListener {
    /** The service logs the framework's own events under these names: bundles that come and go, services registered. */
    private static final String EVENTS = "Events.";

    OsgiLogBridge(BundleContext context) {
        super(context, LogReaderService.class, null);
    }

    @Override
    public LogReaderService addingService(ServiceReference<LogReaderService> reference) {
        LogReaderService reader = super.addingService(reference);
        reader.addLogListener(this);
        return reader;
    }

    @Override
    public void removedService(ServiceReference<LogReaderService> reference, LogReaderService reader) {
        reader.removeLogListener(this);
        super.removedService(reference, reader);
    }

    @Override
    public void logged(LogEntry entry) {
        Level level = level(entry.getLogLevel());
        String name = entry.getLoggerName();
        if (name.startsWith(EVENTS) && level.toInt() < Level.WARN.toInt()) {
            return;
        }
        Bundle bundle = entry.getBundle();
        // The service's old methods all log under one name: the bundle says more.
        boolean nameless = name.equals("LogService") || name.startsWith(EVENTS);
        LoggerFactory.getLogger(nameless && bundle != null ? bundle.getSymbolicName() : name)
                .atLevel(level).setCause(entry.getException()).log(entry.getMessage());
    }

    private static Level level(LogLevel level) {
        return switch (level) {
            case AUDIT, INFO -> Level.INFO;
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case DEBUG -> Level.DEBUG;
            case TRACE -> Level.TRACE;
        };
    }
}
