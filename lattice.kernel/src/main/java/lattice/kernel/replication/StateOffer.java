package lattice.kernel.replication;

import java.util.Arrays;

/**
 * What a node offers to one who lacks commits that it does not keep any more: the state of a checkpoint, which holds what they
 * did.
 *
 * @param founding the founding commit of the mesh, whose SHA-256 is the id of its root store; empty for a child store
 * @param checkpoint the text of the checkpoint, signed by the founder or by whom it named
 */
public record StateOffer(byte[] founding, byte[] checkpoint) {
    @Override
    public boolean equals(Object other) {
        return other instanceof StateOffer that && Arrays.equals(founding, that.founding)
                && Arrays.equals(checkpoint, that.checkpoint);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(checkpoint);
    }
}
