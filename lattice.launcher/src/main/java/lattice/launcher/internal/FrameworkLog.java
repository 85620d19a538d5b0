package lattice.launcher.internal;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Felix's own words, which would else go to standard output, into java.util.logging, which the node's log takes over. */
final class FrameworkLog extends org.apache.felix.framework.Logger {
    private static final Logger LOG = Logger.getLogger("org.apache.felix.framework");

    FrameworkLog() {
        setLogLevel(LOG_WARNING);
    }

    @Override
    protected void doLog(int level, String message, Throwable error) {
        LOG.log(level == LOG_ERROR ? Level.SEVERE : Level.WARNING, message, error);
    }
}
