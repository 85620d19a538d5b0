package lattice.api.store;

import java.util.List;

/**
 * What one commit made visible under a watched prefix.
 *
 * @param position resume after it
 * @param changes at least one, in the order of the commit; the last for a key is its value
 */
public record Changes(LogPosition position, List<Change> changes) {
    public Changes {
        changes = List.copyOf(changes);
    }
}
