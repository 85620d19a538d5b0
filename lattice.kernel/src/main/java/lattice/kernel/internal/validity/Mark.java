package lattice.kernel.internal.validity;

import lattice.kernel.internal.codec.Hash;

/**
 * A point in a chain.
 *
 * @param sequence the number of the last commit before it; 0 at the start
 * @param hash of that commit, so that of two chains that forked before it only one is meant
 */
public record Mark(long sequence, Hash hash) {
    static final Mark START = new Mark(0, Hash.NONE);

    /** Whether a commit of the chain lies beyond. */
    boolean isBefore(Position position) {
        return position.sequence() > sequence || position.sequence() == sequence && !position.hash().equals(hash);
    }
}
