package lattice.kernel.replication;

import java.util.Arrays;
import lattice.api.store.Author;

/**
 * A commit as it travels: relayed unchanged, verified at every hop.
 *
 * @param author who made it
 * @param sequence its number among its author's commits, from 1
 * @param commit the encoded commit, as in the log
 * @param signature 64 bytes: Ed25519 (RFC 8032) over the hash of {@code commit}; empty if a later commit of the same
 *     run, which chains back to this one, is signed instead
 */
public record SignedCommit(Author author, long sequence, byte[] commit, byte[] signature) {
    @Override
    public boolean equals(Object other) {
        return other instanceof SignedCommit that && author.equals(that.author) && sequence == that.sequence
                && Arrays.equals(commit, that.commit) && Arrays.equals(signature, that.signature);
    }

    @Override
    public int hashCode() {
        return 31 * author.hashCode() + Long.hashCode(sequence);
    }

    @Override
    public String toString() {
        return author.node().shortId() + "#" + sequence;
    }
}
