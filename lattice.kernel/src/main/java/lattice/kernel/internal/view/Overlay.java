package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The cells that lie over the view: by key, because nearly all that is asked is what is at one, and in order, for ranges. To
 * keep them in order would take longer than all else that is done with them, and most are in the view before anybody asks for
 * a range: so they are put in order when one is asked for.
 *
 * <p>One thread puts, one other removes, any number read. Nothing may be removed while a range is asked for or read.
 */
final class Overlay {
    private static final int TIDY_EVERY = 16 * 1024;

    private final ConcurrentHashMap<KeyBytes, Slot> slots = new ConcurrentHashMap<>();
    /** As it was when a range was asked for last, without the keys that were removed since. */
    private final ConcurrentSkipListMap<byte[], Slot> ordered = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
    /** What was put since, in the order in which it was. */
    private final ConcurrentLinkedQueue<Slot> unordered = new ConcurrentLinkedQueue<>();
    private final Object ordering = new Object();
    private int untidy;

    /** The slot of a key; null if there is none. */
    Slot get(byte[] key) {
        return slots.get(new KeyBytes(key));
    }

    void put(Slot slot) {
        // In this order: who finds that a slot is superseded will find the one that it was superseded by.
        unordered.add(slot);
        Slot before = slots.put(slot.hashed, slot);
        if (before != null) {
            before.isGone = true;
        }
    }

    /** Removes a slot unless another is in its place. */
    void remove(Slot slot) {
        if (slots.remove(slot.hashed, slot)) {
            slot.isGone = true;
            // What stands there may be an older one: this one need not have been put in order.
            ordered.remove(slot.key);
        }
    }

    /**
     * Lets go of slots that nobody will ask for any more, so that keys that are written over and over don't pile up.
     *
     * @param more how many may have become such since this was called last
     */
    void tidy(int more) {
        untidy += more;
        if (untidy >= TIDY_EVERY) {
            untidy = 0;
            synchronized (ordering) {
                unordered.removeIf(slot -> slot.isGone);
            }
        }
    }

    void clear() {
        slots.clear();
        unordered.clear();
        ordered.clear();
    }

    /**
     * What was put before this is called, by another thread too, is in it.
     *
     * @param to the key behind the last; null for no end
     */
    Iterator<Slot> range(byte[] from, boolean inclusive, byte[] to) {
        if (!unordered.isEmpty()) {
            putInOrder();
        }
        return (to == null ? ordered.tailMap(from, inclusive) : ordered.subMap(from, inclusive, to, false)).values()
                .iterator();
    }

    private void putInOrder() {
        synchronized (ordering) {
            // Each leaves the queue only once it is in its place: who finds the queue empty finds all in order.
            for (Slot slot = unordered.peek(); slot != null; slot = unordered.peek()) {
                if (!slot.isGone) {
                    ordered.put(slot.key, slot);
                }
                unordered.poll();
            }
        }
    }
}
