package lattice.kernel.watch;

import lattice.api.store.WatchListener;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A listener whose methods only hand on what they are given: they neither wait nor read from disk, so the store may call them on
 * the threads that all others wait for. Not for services, of which nobody knows that.
 */
@ConsumerType
public interface NonBlockingListener extends WatchListener {
}
