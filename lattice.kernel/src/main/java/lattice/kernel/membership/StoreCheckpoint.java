package lattice.kernel.membership;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/**
 * How far a store is settled.
 *
 * @param store which store
 * @param name {@code root}, or the name of a child store
 * @param number of its last checkpoint; 0 if there is none
 * @param horizon what was written up to then and came after the checkpoint counts nowhere
 * @param by who made it
 * @param settled the number of the last checkpoint whose state this node holds
 * @param bytes how large that checkpoint's state is
 * @param uncovered how many bytes the log has grown here since
 * @param late keys that this node wrote too late for a checkpoint, so that they have to be written again; at most 100
 * @param problem why nothing can be given up here, if that is so
 */
public record StoreCheckpoint(StoreId store, String name, long number, Optional<Instant> horizon, Optional<NodeId> by,
        long settled, long bytes, long uncovered, List<String> late, Optional<String> problem) {
    public StoreCheckpoint {
        late = List.copyOf(late);
    }
}
