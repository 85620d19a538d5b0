package lattice.kernel.internal.store;

import java.util.Optional;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.commit.Commit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices another copy of this node at work: a commit of this node's key, of another epoch, that was made since this copy of it was
 * started, or one of this epoch that this copy has not written. What an earlier epoch has written, and comes back after a
 * restore, is older.
 */
final class OtherCopy {
    private static final Logger LOG = LoggerFactory.getLogger(OtherCopy.class);

    private final String store;
    private final Author self;
    private final HybridTime started;
    private volatile HybridTime last;

    OtherCopy(String store, Author self, HybridTime started) {
        this.store = store;
        this.self = self;
        this.started = started;
    }

    /** Looks at a commit that was taken in. */
    void look(Commit commit) {
        if (!commit.author().node().equals(self.node()) || commit.author().equals(self)
                || commit.time().compareTo(started) <= 0) {
            return;
        }
        foundIn(commit);
    }

    /** A commit is another copy's for sure: it is of this copy's epoch, and this copy has not written it. */
    void foundIn(Commit commit) {
        boolean first = last == null;
        last = commit.time();
        if (first) {
            LOG.error("{}", problem().orElseThrow());
        }
    }

    /** What was noticed, and what to do. */
    Optional<String> problem() {
        return Optional.ofNullable(last).map(time -> "Another copy of this node has written to store " + store + ", last at "
                + time.instant() + ": its home was copied and runs twice, with one key. Stop one of the two for good, and restart"
                + " this one if it is the one to stay; lattice:invite is how another machine gets a node of its own.");
    }
}
