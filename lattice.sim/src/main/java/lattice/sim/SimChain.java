package lattice.sim;

import java.util.ArrayList;
import java.util.List;
import lattice.kernel.replication.SignedCommit;

/** An author's commits in a simulated store: those that are kept, and the hash of the last of those that are not. */
final class SimChain {
    private static final byte[] FIRST = new byte[32];

    private final List<SignedCommit> kept = new ArrayList<>(1);
    private long dropped;
    private byte[] tip = FIRST;

    /** The number of the last commit. */
    long length() {
        return dropped + kept.size();
    }

    /** How many of the first commits are not kept. */
    long dropped() {
        return dropped;
    }

    /** The hash of the last commit. */
    byte[] tip() {
        return kept.isEmpty() ? tip : SimCommit.chain(kept.get(kept.size() - 1));
    }

    void append(SignedCommit commit) {
        kept.add(commit);
    }

    /** One of those kept. */
    SignedCommit get(long sequence) {
        return kept.get((int) (sequence - dropped - 1));
    }

    void drop() {
        goOnFrom(length(), tip());
    }

    /** Goes on after a commit that is not kept here. */
    void goOnFrom(long sequence, byte[] itsHash) {
        tip = itsHash;
        dropped = sequence;
        kept.clear();
    }
}
