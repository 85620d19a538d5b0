package lattice.kernel.membership;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The checkpoints of a mesh's stores: up to where they are settled, so that their logs need not be kept. The founder makes
 * them, or whom it names.
 */
@ProviderType
public interface Checkpointing {
    /** What there is of each open store of the mesh, the root store first. */
    List<StoreCheckpoint> list();

    /** Whether this node makes checkpoints, by itself and on request. */
    boolean mayMake();

    /** Whether a mesh of several has somebody to make them: without, its disks grow. */
    Optional<NodeId> maker();

    /**
     * Makes a checkpoint of a store and waits until its state is on disk. May take minutes.
     *
     * @param store its name, as {@link StoreCheckpoint#name} says
     * @param grace for how long what a node wrote while it was cut off still counts; empty for the node's setting
     * @return its number; empty if nothing has been written since the last one
     * @throws IOException why it can't be made, a sentence
     * @throws lattice.api.store.StoreException with {@code DENIED} if it is not for this node to make
     */
    Optional<Long> make(String store, Optional<Duration> grace) throws IOException;

    /** As the founder, lets another node, an administrator, make checkpoints too; empty for nobody. */
    void delegate(Optional<NodeId> node);
}
