package lattice.kernel.internal.view;

import lattice.api.store.HybridTime;
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
            // A time of zero stands for no write: all there were are void.
            boolean concurrent = !current.version().time().equals(HybridTime.ZERO)
                    && (overwrote == null || overwrote.compareTo(current.version()) < 0);
            Outcome outcome = value == null && current.isDeletion() ? Outcome.UNSEEN
                    : concurrent ? Outcome.VISIBLE_CONCURRENT : Outcome.VISIBLE;
            return new Merged(new Cell(version, overwrote, concurrent, revision, revision, value, current.judged()), outcome);
        }
        if (version.equals(current.version())) {
            // The very same write, seen again when the log is read over a state that holds it already.
            return new Merged(current.touchedBy(Math.max(current.touched(), revision), current.concurrent()), Outcome.LOST);
        }
        boolean unseen = current.overwrote() == null || version.compareTo(current.overwrote()) > 0;
        return new Merged(current.touchedBy(Math.max(current.touched(), revision), current.concurrent() || unseen),
                Outcome.LOST);
    }

    /**
     * What two sets of writes to a key add up to, given what each adds up to; they may have writes in common. For whether
     * the winner is concurrent it is enough to look at the other set's winner: if that isn't greater than what was
     * overwritten, nothing in its set is.
     */
    public static Cell combine(Cell one, Cell other) {
        if (one.judged() > other.touched()) {
            return one;
        }
        if (other.judged() > one.touched()) {
            return other;
        }
        boolean oneWins = one.version().compareTo(other.version()) >= 0;
        Cell winner = oneWins ? one : other;
        Cell loser = oneWins ? other : one;
        boolean unseen = !loser.version().equals(winner.version()) && !loser.version().time().equals(HybridTime.ZERO)
                && (winner.overwrote() == null || loser.version().compareTo(winner.overwrote()) > 0);
        boolean concurrent = winner.concurrent() || unseen
                || loser.version().equals(winner.version()) && loser.concurrent();
        return winner.touchedBy(Math.max(one.touched(), other.touched()), concurrent);
    }
}
