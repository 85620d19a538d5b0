package lattice.kernel.internal.validity;

import java.util.Map;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.identity.Identity;

/**
 * The founder's word, or its delegate's, on how far a store is settled. What it covers is judged once and for all, by the
 * control commits that it covers, and need not be kept; what it does not cover and is no later than {@code horizon} is void.
 * {@link CheckpointCodec} has its text, which is signed and so proves itself, whoever hands it on.
 *
 * @param mesh the mesh that the store is of
 * @param store which store
 * @param number from 1, without gaps
 * @param previous the hash of the checkpoint before; {@link Hash#NONE} in the first
 * @param under for a child store, the number of the root store's checkpoint that says who might write; 0 for a root store
 * @param horizon see above; never earlier than in the checkpoint before
 * @param state the SHA-256 of the file of its state
 * @param bytes the size of that file
 * @param marks the last commits covered of those authors of whom more is covered than by the checkpoint before
 * @param delegation if it is not the founder's: the founder's signature over {@link CheckpointCodec#delegation}
 * @param by who signed it
 * @param signature over its text
 * @param hash of its text, signature included
 */
public record Checkpoint(StoreId mesh, StoreId store, long number, Hash previous, long under, HybridTime horizon, Hash state,
        long bytes, Map<Author, Mark> marks, Optional<byte[]> delegation, NodeId by, byte[] signature, Hash hash) {
    public Checkpoint {
        marks = Map.copyOf(marks);
    }

    /** The same, signed. */
    public Checkpoint signed(Identity identity) {
        byte[] made = identity.sign(CheckpointCodec.signedHash(this));
        Checkpoint signed = new Checkpoint(mesh, store, number, previous, under, horizon, state, bytes, marks, delegation,
                identity.id(), made, Hash.NONE);
        return signed.with(Hash.of(CheckpointCodec.encode(signed)));
    }

    Checkpoint with(Hash itsHash) {
        return new Checkpoint(mesh, store, number, previous, under, horizon, state, bytes, marks, delegation, by, signature,
                itsHash);
    }

    /** Whether the founder of the mesh, or one to whom it gave its word, has signed it. */
    public boolean isGenuine(NodeId founder) {
        boolean entitled = by.equals(founder) || delegation
                .map(word -> Identity.verify(founder, CheckpointCodec.delegation(mesh, by), word)).orElse(false);
        return entitled && Identity.verify(by, CheckpointCodec.signedHash(this), signature);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Checkpoint that && hash.equals(that.hash);
    }

    @Override
    public int hashCode() {
        return hash.hashCode();
    }
}
