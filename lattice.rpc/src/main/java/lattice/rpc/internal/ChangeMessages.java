package lattice.rpc.internal;

import lattice.api.store.Change;
import lattice.protocol.Wire;

/**
 * Changes as messages, made once for all watches that are told of them at about the same time. The store gives all watches
 * the same object; a few of the last are kept, those that are small, so it holds a bounded amount.
 */
final class ChangeMessages {
    private static final int SLOTS = 1024;
    private static final int MOST_BYTES = 4096;

    // Threads that come to one slot at once may both make the message, which does no harm.
    private final Made[] made = new Made[SLOTS];

    private record Made(Change change, lattice.v1.Change message) {
    }

    lattice.v1.Change of(Change change) {
        if (Wire.size(change) > MOST_BYTES) {
            return Wire.write(change);
        }
        int slot = System.identityHashCode(change) & SLOTS - 1;
        Made found = made[slot];
        if (found == null || found.change() != change) {
            found = new Made(change, Wire.write(change));
            made[slot] = found;
        }
        return found.message();
    }
}
