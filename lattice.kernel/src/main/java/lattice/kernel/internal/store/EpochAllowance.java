package lattice.kernel.internal.store;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import lattice.api.id.NodeId;
import lattice.api.store.HybridTime;

/**
 * How many new epochs of each node are taken in. A node begins one when it may have lost commits of its own, which is seldom;
 * one that begins them without end would fill everybody's memory, where each takes some hundred bytes for good. What is over
 * waits at who has it: so all nodes hold the same in the end, whatever came to each of them first. For one thread.
 */
final class EpochAllowance {
    static final int AT_ONCE = 64;
    static final Duration EACH = Duration.ofMinutes(10);

    /** By node, in milliseconds: from when on so many may come at once again (the generic cell rate algorithm, ITU-T I.371). */
    private final Map<NodeId, Long> untouched = new HashMap<>();

    /** Whether one more epoch of a node may be taken in. If so, it is taken for taken. */
    boolean take(NodeId node, HybridTime now) {
        long most = now.millis() + AT_ONCE * EACH.toMillis();
        // A wall clock that was set back must not keep a node waiting for as long as that.
        long from = Math.min(most, Math.max(now.millis(), untouched.getOrDefault(node, 0L)));
        boolean taken = from + EACH.toMillis() <= most;
        untouched.put(node, taken ? from + EACH.toMillis() : from);
        return taken;
    }
}
