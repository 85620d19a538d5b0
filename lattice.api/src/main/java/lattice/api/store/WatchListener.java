package lattice.api.store;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Receives a watch. Calls come one at a time, in order, on a thread of the store; a listener that is slow falls behind
 * alone, and if it falls too far behind its watch ends.
 */
@ConsumerType
public interface WatchListener {
    /** Changes of one commit, in revision order, each once, without gaps. */
    void changed(Changes changes);

    /** All that was there when the watch started has been delivered; called once. */
    default void caughtUp(LogPosition position) {
    }

    /** The last call: nothing more will come. */
    void ended(WatchEnd end);
}
