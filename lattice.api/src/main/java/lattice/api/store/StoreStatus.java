package lattice.api.store;

import java.time.Instant;
import java.util.Optional;
import lattice.api.id.StoreId;

/**
 * How a store is.
 *
 * @param id which store
 * @param name what people call it, such as {@code root}
 * @param writable whether it takes writes now
 * @param problem what is wrong and what to do, if anything is
 * @param position the last commit that is durable and visible
 * @param viewRevision how far the view on disk has come; the difference is the lag
 * @param logBytes size of the log on disk
 * @param viewBytes size of the view on disk
 * @param lastReading what was found when all of it was last read through; empty if that has not been since the start
 * @param stateBytes size of the newest snapshot, which is about that of the keys and values; 0 if there is none yet
 * @param retainedLogBytes how much of the log is kept, at least, for watchers and histories
 */
public record StoreStatus(StoreId id, String name, boolean writable, Optional<String> problem, LogPosition position,
        long viewRevision, long logBytes, long viewBytes, Optional<Reading> lastReading, long stateBytes,
        long retainedLogBytes) {
    /** A store that was not read through, and has no snapshot. */
    public StoreStatus(StoreId id, String name, boolean writable, Optional<String> problem, LogPosition position,
            long viewRevision, long logBytes, long viewBytes) {
        this(id, name, writable, problem, position, viewRevision, logBytes, viewBytes, Optional.empty(), 0, 0);
    }

    /**
     * What was found when all that a store has on disk was read.
     *
     * @param at when that was done
     * @param damaged how many places were damaged
     * @param repaired how many of them are sound again
     */
    public record Reading(Instant at, int damaged, int repaired) {
    }

    /** How many commits the view is behind the log. */
    public long lag() {
        return position.revision() - viewRevision;
    }
}
