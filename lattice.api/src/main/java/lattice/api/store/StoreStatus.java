package lattice.api.store;

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
 */
public record StoreStatus(StoreId id, String name, boolean writable, Optional<String> problem, LogPosition position,
        long viewRevision, long logBytes, long viewBytes) {
    /** How many commits the view is behind the log. */
    public long lag() {
        return position.revision() - viewRevision;
    }
}
