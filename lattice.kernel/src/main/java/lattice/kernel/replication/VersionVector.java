package lattice.kernel.replication;

import java.util.Map;
import lattice.api.store.Author;

/**
 * What a replica holds: of each author all commits up to a number (Parker et al., "Detection of Mutual Inconsistency in
 * Distributed Systems", 1983).
 *
 * @param upTo author to the highest sequence number up to which none is missing; absent is 0
 */
public record VersionVector(Map<Author, Long> upTo) {
    public static final VersionVector EMPTY = new VersionVector(Map.of());

    public VersionVector {
        upTo = Map.copyOf(upTo);
    }

    /** The highest number held of an author, 0 if none. */
    public long of(Author author) {
        return upTo.getOrDefault(author, 0L);
    }

    /** Whether nothing in {@code other} is missing here. */
    public boolean covers(VersionVector other) {
        return other.upTo.entrySet().stream().allMatch(entry -> of(entry.getKey()) >= entry.getValue());
    }
}
