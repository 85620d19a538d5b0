package lattice.api.store;

/**
 * How far a reader has come; what a watch resumes from.
 *
 * @param logId names this node's log of the store; another one after a rebuild from peers or a restore
 * @param revision the number of the last commit seen, 0 before the first
 */
public record LogPosition(String logId, long revision) {
    /** @throws IllegalArgumentException if {@code revision} is negative */
    public LogPosition {
        if (revision < 0) {
            throw new IllegalArgumentException("A revision is not negative: " + revision);
        }
    }
}
