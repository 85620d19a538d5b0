package lattice.log.internal;

import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogService;
import org.osgi.service.log.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * OSGi's log service on top of the log: Declarative Services above all say here what went wrong. At once and by the
 * thread that says it; there is no reader service and so nothing that holds entries for one.
 */
final class OsgiLogService implements LogService {
    private final Bundle user;

    private OsgiLogService(Bundle user) {
        this.user = user;
    }

    /** Gives each bundle a service that knows whom it serves. */
    static ServiceFactory<LogService> factory() {
        return new ServiceFactory<>() {
            @Override
            public LogService getService(Bundle user, ServiceRegistration<LogService> registration) {
                return new OsgiLogService(user);
            }

            @Override
            public void ungetService(Bundle user, ServiceRegistration<LogService> registration, LogService service) {
                // It holds nothing.
            }
        };
    }

    @Override
    public Logger getLogger(String name) {
        return logger(user, name, Logger.class);
    }

    @Override
    public Logger getLogger(Class<?> type) {
        return logger(user, type.getName(), Logger.class);
    }

    @Override
    public <L extends Logger> L getLogger(String name, Class<L> type) {
        return logger(user, name, type);
    }

    @Override
    public <L extends Logger> L getLogger(Class<?> named, Class<L> type) {
        return logger(user, named.getName(), type);
    }

    @Override
    public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> type) {
        return logger(bundle, name, type);
    }

    private static <L extends Logger> L logger(Bundle bundle, String name, Class<L> type) {
        OsgiLogger.Style style;
        if (type == Logger.class) {
            style = OsgiLogger.Style.BRACES;
        } else if (type == FormatterLogger.class) {
            style = OsgiLogger.Style.PERCENT;
        } else {
            throw new IllegalArgumentException("There are Logger and FormatterLogger, but no " + type.getName() + ".");
        }
        String spoken = Logger.ROOT_LOGGER_NAME.equals(name) ? bundle.getSymbolicName() : name;
        return type.cast(new OsgiLogger(LoggerFactory.getLogger(spoken), style));
    }

    @Deprecated
    @Override
    public void log(int level, String message) {
        log(null, level, message, null);
    }

    @Deprecated
    @Override
    public void log(int level, String message, Throwable cause) {
        log(null, level, message, cause);
    }

    @Deprecated
    @Override
    public void log(ServiceReference<?> service, int level, String message) {
        log(service, level, message, null);
    }

    @Deprecated
    @Override
    public void log(ServiceReference<?> service, int level, String message, Throwable cause) {
        LoggerFactory.getLogger(user.getSymbolicName()).atLevel(level(level)).setCause(cause)
                .log(service == null ? message : message + " (" + service + ")");
    }

    /** The numbers of old are those of {@link LogLevel}. */
    private static Level level(int number) {
        if (number <= LogLevel.ERROR.ordinal()) {
            return Level.ERROR;
        }
        return number == LogLevel.WARN.ordinal() ? Level.WARN
                : number == LogLevel.INFO.ordinal() ? Level.INFO
                : Level.DEBUG;
    }
}
