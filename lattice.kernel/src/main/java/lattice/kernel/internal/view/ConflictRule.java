package lattice.kernel.internal.view;

import lattice.api.store.Version;
import lattice.kernel.internal.log.LogRecord.Outcome;

/**
 * Which of several writes to a key is in force: the one with the greatest version. It is concurrent if there is another
 * write, greater than the version that it overwrote: its author can't have seen that one. Both depend on the set of writes
 * alone, so every node that holds the same writes comes to the same, whatever order they came in.
 */
public final class ConflictRule {
    private ConflictRule() {
    }

    /**
     * @param cell what is in force now
     * @param outcome what became of the write
     */
    public record Merged(Cell cell, Outcome outcome) {
    }

    /**
     * @param current what was in force, null if nothing was
     * @param version of the write
     * @param overwrote what its author saw, null if nothing
     * @param value null if it deletes
     * @param revision of its commit, here
     */
    public static Merged merge(Cell current, Version version, Version overwrote, byte[] value, long revision) {
        if (current == null) {
            return new Merged(new Cell(version, overwrote, false, revision, revision, value),
                    value == null ? Outcome.UNSEEN : Outcome.VISIBLE);
        }
        if (version.compareTo(current.version()) > 0) {
            boolean concurrent = overwrote == null || overwrote.compareTo(current.version()) < 0;
            Outcome outcome = value == null && current.isDeletion() ? Outcome.UNSEEN
                    : concurrent ? Outcome.VISIBLE_CONCURRENT : Outcome.VISIBLE;
            return new Merged(new Cell(version, overwrote, concurrent, revision, revision, value), outcome);
        }
        boolean unseen = current.overwrote() == null || version.compareTo(current.overwrote()) > 0;
        return new Merged(current.touchedBy(revision, current.concurrent() || unseen), Outcome.LOST);
    }
}
