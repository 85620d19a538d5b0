package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What some commits in a row have made of the keys that they wrote, on its way into the view. While it is open one thread adds to
 * it and any number read; once it is closed it never changes, and goes as a whole.
 *
 * <p>Nearly all that is asked is what is at one key, so only that is always at hand. It is put in order when it is moved into the
 * view, or when somebody asks for a range before.
 */
final class Layer {
    private static final int FIRST_CAPACITY = 1024;

    private final KeyTable keys = new KeyTable(FIRST_CAPACITY);
    /** In the order in which they came; a key that was written twice is there twice. */
    private volatile Update[] updates = new Update[FIRST_CAPACITY];
    private volatile int size;
    private long bytes;
    private long revision;
    private volatile boolean closed;

    /** As it was when a range was asked for last, while it is open. */
    private ConcurrentSkipListMap<byte[], Update> ordered;
    private int inOrder;
    private List<Update> sorted;

    /** The last update of a key; null if there is none. */
    Update get(byte[] key, int hash) {
        return keys.get(key, hash);
    }

    /** Adds what a commit makes of a key. */
    void add(Update update, long itsRevision) {
        Update before = keys.get(update.key(), update.hash);
        boolean first = before == null;
        Update seen = before;
        if (before != null && before.revision == itsRevision) {
            first = before.first;
            seen = before.previous;
        }
        update.revision = itsRevision;
        update.first = first;
        update.previous = seen;
        keys.put(update);
        if (seen != null) {
            seen.previous = null;
        }
        Update[] all = updates;
        if (size == all.length) {
            all = Arrays.copyOf(all, size * 2);
        }
        all[size] = update;
        updates = all;
        size++;
        bytes += update.weight();
    }

    /** All of a commit was added. */
    void reached(long itsRevision) {
        revision = itsRevision;
    }

    /** Whether no commit was added. */
    boolean isEmpty() {
        return revision == 0;
    }

    /** How many updates it was given. */
    int size() {
        return size;
    }

    /** About how much memory it takes. */
    long bytes() {
        return bytes;
    }

    /** The last commit that was added; it need not have written anything. */
    long revision() {
        return revision;
    }

    /** Nothing will be added. */
    void close() {
        closed = true;
    }

    /** The last update of each key, in the order of keys; once it is closed. */
    synchronized List<Update> sorted() {
        if (sorted == null) {
            // If no key is there twice, as they came: often in order for long stretches.
            List<Update> last = keys.size() == size ? Arrays.asList(Arrays.copyOf(updates, size)) : keys.all();
            KeyTable.sort(last);
            sorted = last;
            updates = new Update[0];
            ordered = null;
        }
        return sorted;
    }

    /**
     * The last update of each key in a range, in order. What was added before this is called, by another thread too, is in it.
     *
     * @param to the key behind the last; null for no end
     */
    Iterator<Update> range(byte[] from, boolean inclusive, byte[] to) {
        if (closed) {
            return rangeOf(sorted(), from, inclusive, to);
        }
        synchronized (this) {
            if (sorted != null) {
                return rangeOf(sorted, from, inclusive, to);
            }
            if (ordered == null) {
                ordered = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
            }
            int upTo = size;
            Update[] all = updates;
            for (; inOrder < upTo; inOrder++) {
                ordered.put(all[inOrder].key(), all[inOrder]);
            }
            return (to == null ? ordered.tailMap(from, inclusive) : ordered.subMap(from, inclusive, to, false)).values().iterator();
        }
    }

    private static Iterator<Update> rangeOf(List<Update> sorted, byte[] from, boolean inclusive, byte[] to) {
        int start = indexOf(sorted, from, inclusive);
        int end = to == null ? sorted.size() : indexOf(sorted, to, true);
        return sorted.subList(start, Math.max(start, end)).iterator();
    }

    /** The first index whose key is not less than a key, or if that is not to be included, greater. */
    private static int indexOf(List<Update> sorted, byte[] key, boolean inclusive) {
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            int order = Arrays.compareUnsigned(sorted.get(middle).key(), key);
            if (order < 0 || order == 0 && !inclusive) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
