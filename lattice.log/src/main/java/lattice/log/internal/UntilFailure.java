package lattice.log.internal;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;

/**
 * Passes what is logged until it is known why the node can't start. That reason is the last word of whoever started it, and
 * what else fails because of it only hides it.
 */
final class UntilFailure extends Filter<ILoggingEvent> {
    /** System property: why the node can't start. */
    private static final String FAILURE = "lattice.start.failure";

    @Override
    public FilterReply decide(ILoggingEvent event) {
        return System.getProperty(FAILURE) == null ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
}
