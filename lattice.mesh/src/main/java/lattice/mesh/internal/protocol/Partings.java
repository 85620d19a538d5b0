package lattice.mesh.internal.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import lattice.api.store.Author;
import lattice.kernel.replication.IngestResult;

/**
 * Searches where two histories of one author part: with one peer each, by asking for commits further and further back until
 * one is the same as what is held, then by halves. Only the number where they part voids the same at every node.
 */
final class Partings {
    /** So many at a time: who makes two histories can begin any number of them. */
    static final int MAX_SEARCHES = 64;
    static final long SEARCH_AGAIN_MILLIS = 10_000;
    private static final long FIRST_STEP = 16;
    private static final int WIDER = 8;

    /** Asks a peer for an author's commits from a number on. */
    interface Asking {
        /** @return whether it could be asked now */
        boolean ask(PeerLink link, Author author, long number);
    }

    private static final class Search {
        private final PeerLink from;
        private final long since;
        private long same;
        private long differs;
        private long step = FIRST_STEP;
        private boolean awaited;

        Search(PeerLink from, long since, long same, long differs) {
            this.from = from;
            this.since = since;
            this.same = same;
            this.differs = differs;
        }

        long next() {
            return same > 0 ? same + Math.max(1, (differs - same) / 2) : Math.max(1, differs - step);
        }
    }

    private final Scheduler scheduler;
    private final Asking asking;
    private final Map<Author, Search> searches = new LinkedHashMap<>();

    Partings(Scheduler scheduler, Asking asking) {
        this.scheduler = scheduler;
        this.asking = asking;
    }

    /** Begins a search, unless one is under way or has only just been made. */
    void search(PeerLink from, Author author, long same, long differs) {
        long now = scheduler.now();
        searches.values().removeIf(search -> now - search.since > SEARCH_AGAIN_MILLIS);
        if (searches.size() < MAX_SEARCHES && !searches.containsKey(author)) {
            Search search = new Search(from, now, same, differs);
            searches.put(author, search);
            ask(author, search);
        }
    }

    private void ask(Author author, Search search) {
        search.awaited = asking.ask(search.from, author, search.next());
        search.step *= WIDER;
    }

    /** Whether what a peer sends of an author is an answer to a search. */
    boolean isAwaited(PeerLink from, Author author) {
        Search search = searches.get(author);
        return search != null && search.awaited && search.from == from;
    }

    /** What came of comparing what was asked for, up to a number, with what is held. */
    void compared(Author author, long last, IngestResult result) {
        Search search = searches.get(author);
        if (search == null) {
            return;
        }
        search.awaited = false;
        long same = search.same;
        long differs = search.differs;
        if (result instanceof IngestResult.Parted parted) {
            search.differs = Math.min(differs, parted.differs());
        } else if (result instanceof IngestResult.Accepted) {
            search.same = Math.max(same, last);
        }
        if (search.same < search.differs && (search.same > same || search.differs < differs)) {
            ask(author, search);
        }
    }

    void end(Author author) {
        searches.remove(author);
    }
}
