package lattice.api.service;

import org.osgi.annotation.versioning.ConsumerType;

/** A running instance of a service. */
@ConsumerType
@SuppressWarnings("try") // an instance may be interrupted while it closes
public interface ServiceInstance extends AutoCloseable {
    /**
     * Offers a new, valid config.
     *
     * @return true if it is in force now; false if the instance must be closed and made anew to take it
     * @throws Exception if it can't be taken; the instance is closed and made anew
     */
    default boolean reconfigure(ServiceConfig config) throws Exception {
        return false;
    }

    /** Stops it. When this returns, or after a deadline, everything it opened is closed. Called once. */
    @Override
    void close() throws Exception;
}
