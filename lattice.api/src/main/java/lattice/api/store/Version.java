package lattice.api.store;

/**
 * The version of a value. Of two writes to one key the one with the greater version wins, at every node alike.
 *
 * @param time when its commit was made
 * @param author who made it
 * @param index the place of the mutation in its commit, from 0
 */
public record Version(HybridTime time, Author author, int index) implements Comparable<Version> {
    @Override
    public int compareTo(Version other) {
        int byTime = time.compareTo(other.time);
        if (byTime != 0) {
            return byTime;
        }
        int byAuthor = author.compareTo(other.author);
        return byAuthor != 0 ? byAuthor : Integer.compare(index, other.index);
    }
}
