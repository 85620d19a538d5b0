package lattice.rpc.internal;

import java.util.List;
import lattice.api.store.Key;
import lattice.api.store.Prefix;

/**
 * Which changes the client of a watch wants.
 *
 * @param filters within the prefix; none for all
 * @param coalesce whether only the last change of a key, if the client is behind
 */
record Wanted(Prefix prefix, List<Prefix> filters, boolean coalesce) {
    boolean has(Key key) {
        return filters.isEmpty() || filters.stream().anyMatch(filter -> filter.contains(key));
    }
}
