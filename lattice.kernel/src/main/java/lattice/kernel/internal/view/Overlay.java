package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The cells that lie over the view: by key, because nearly all that is asked is what is at one, and in order, for ranges. One
 * thread puts, one other removes, any number read.
 */
final class Overlay {
    private final ConcurrentHashMap<KeyBytes, Slot> slots = new ConcurrentHashMap<>();
    private final ConcurrentSkipListMap<byte[], Slot> ordered = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

    /** The slot of a key; null if there is none. */
    Slot get(byte[] key) {
        return slots.get(new KeyBytes(key));
    }

    void put(Slot slot) {
        ordered.put(slot.key, slot);
        slots.put(slot.hashed, slot);
    }

    /** Removes a slot unless another is in its place. */
    void remove(Slot slot) {
        if (slots.remove(slot.hashed, slot)) {
            ordered.remove(slot.key, slot);
        }
    }

    void clear() {
        slots.clear();
        ordered.clear();
    }

    /** @param to the key behind the last; null for no end */
    Iterator<Slot> range(byte[] from, boolean inclusive, byte[] to) {
        return (to == null ? ordered.tailMap(from, inclusive) : ordered.subMap(from, inclusive, to, false)).values()
                .iterator();
    }
}
