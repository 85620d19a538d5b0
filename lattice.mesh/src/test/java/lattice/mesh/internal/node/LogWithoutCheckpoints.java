package lattice.mesh.internal.node;

import java.util.Optional;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.store.StoreException;
import lattice.kernel.replication.ReplicaLog;
import lattice.kernel.replication.StateOffer;
import lattice.kernel.replication.StateProgress;

/** A log for every member that has no checkpoint to offer and takes none. */
interface LogWithoutCheckpoints extends ReplicaLog {
    @Override
    default Set<NodeId> holders() {
        return Set.of();
    }

    @Override
    default Optional<StateOffer> lackedState() {
        return Optional.empty();
    }

    @Override
    default Optional<StateOffer> offer() {
        return Optional.empty();
    }

    @Override
    default byte[] state(byte[] state, long offset, int maxBytes) {
        return new byte[0];
    }

    @Override
    default StateProgress accept(StateOffer offer) {
        throw new StoreException(StoreException.Code.CORRUPT, "Nobody has signed it.");
    }

    @Override
    default StateProgress receive(byte[] state, long offset, byte[] part) {
        throw new StoreException(StoreException.Code.CORRUPT, "Nobody has signed it.");
    }
}
