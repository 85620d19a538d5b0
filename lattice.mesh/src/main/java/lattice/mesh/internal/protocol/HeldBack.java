package lattice.mesh.internal.protocol;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import lattice.api.store.Author;

/**
 * What came ahead of commits that are missing, in bounded memory. Else all that is pushed while they are fetched would be missing
 * next, and whoever once fell behind a busy author would stay behind it.
 */
final class HeldBack {
    /** Of each author, by the number of the first commit. */
    private final Map<Author, NavigableMap<Long, Incoming>> runs = new HashMap<>();
    private final Shares bytes;

    HeldBack(int maxBytes) {
        this.bytes = new Shares(maxBytes);
    }

    /** Keeps a run, if there is room for it and nothing is kept that begins alike. */
    void add(Incoming incoming) {
        if (bytes.hasRoom(incoming.from(), incoming.author().node(), incoming.bytes())
                && runs.computeIfAbsent(incoming.author(), key -> new TreeMap<>())
                        .putIfAbsent(incoming.first().sequence(), incoming) == null) {
            bytes.add(incoming.from(), incoming.author().node(), incoming.bytes());
        }
    }

    /** Takes out the next run of an author, if it begins with a number or before. */
    Optional<Incoming> next(Author author, long number) {
        NavigableMap<Long, Incoming> ofAuthor = runs.get(author);
        if (ofAuthor == null || ofAuthor.firstKey() > number) {
            return Optional.empty();
        }
        Incoming next = ofAuthor.pollFirstEntry().getValue();
        if (ofAuthor.isEmpty()) {
            runs.remove(author);
        }
        forget(next);
        return Optional.of(next);
    }

    void drop(Author author) {
        NavigableMap<Long, Incoming> ofAuthor = runs.remove(author);
        if (ofAuthor != null) {
            ofAuthor.values().forEach(this::forget);
        }
    }

    private void forget(Incoming incoming) {
        bytes.remove(incoming.from(), incoming.author().node(), incoming.bytes());
    }
}
