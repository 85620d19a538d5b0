package lattice.kernel.internal.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import lattice.api.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of nodes that write what they may not: of each once in a while, as it costs them nothing to go on. For one thread. */
final class VoidWrites {
    private static final Logger LOG = LoggerFactory.getLogger(VoidWrites.class);
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MAX_NODES = 1_000;

    private final String store;
    private final Map<NodeId, Long> told = new HashMap<>();

    VoidWrites(String store) {
        this.store = store;
    }

    /** A transaction of a node counts for nothing. */
    void found(NodeId author, long sequence, String why) {
        long now = System.nanoTime();
        told.values().removeIf(time -> now - time > AGAIN_NANOS);
        if (told.size() < MAX_NODES && told.putIfAbsent(author, now) == null) {
            LOG.warn("Of commit {} of node {} to store {} something counts for nothing, here and anywhere: {}", sequence,
                    author.shortId(), store, why);
        }
    }
}
