package lattice.kernel.internal.store;

import java.util.Optional;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.Position;

/**
 * What counts in a store: what its authority has no objection to, and what did not come too late for a checkpoint.
 *
 * @param store the store
 * @param authority who may write what
 */
record Rules(StoreId store, Authority authority) {
    Position position(Author author, long sequence, Hash hash) {
        return new Position(store, author, sequence, hash);
    }

    /** Why a transaction doesn't count, if it came in time; empty if it does. */
    Optional<String> objection(Position position, TransactionSection transaction, Control control) {
        return authority.objection(position, transaction, control);
    }

    /** Which checkpoint a commit came too late for, as a sentence; empty if it came in time. */
    Optional<String> tooLate(Commit commit, Control control) {
        return control.checkpointsOf(store).missed(commit.author(), commit.sequence(), commit.time())
                .map(checkpoint -> "It came too late for checkpoint " + checkpoint.number() + ".");
    }

    boolean isVoid(Commit commit, Position position, TransactionSection transaction, Control control) {
        return tooLate(commit, control).isPresent() || objection(position, transaction, control).isPresent();
    }
}
