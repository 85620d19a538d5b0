package lattice.api.store;

import org.osgi.annotation.versioning.ProviderType;

/** A running watch. */
@ProviderType
public interface Watch extends AutoCloseable {
    /** The last position whose changes were delivered, or passed over because nothing under the prefix changed. */
    LogPosition position();

    /** Ends it; no call to the listener starts after this returns, other than the one that says so. */
    @Override
    void close();
}
