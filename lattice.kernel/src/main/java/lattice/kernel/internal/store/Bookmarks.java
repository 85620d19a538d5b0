package lattice.kernel.internal.store;

import java.util.LinkedHashMap;
import java.util.Map;
import lattice.api.store.Author;

/** Where reading for others has got to lately: who catches up asks for one part after the other. For any thread. */
final class Bookmarks {
    private static final int KEPT = 256;

    private final Map<Place, Long> revisions = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Long> eldest) {
            return size() > KEPT;
        }
    };

    private record Place(Author author, long next) {
    }

    /** @param revision this log's of the commit before the next */
    synchronized void put(Author author, long next, long revision) {
        revisions.put(new Place(author, next), revision);
    }

    /** The revision of the commit before an author's next one; 0 if it is not known. */
    synchronized long of(Author author, long next) {
        return revisions.getOrDefault(new Place(author, next), 0L);
    }
}
