package lattice.kernel.internal.view;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The last update of each key, by key. One thread puts, any number read meanwhile; nothing is ever taken out, so a table can be
 * a bare array that is searched from where a key's hash points to, and an update in it takes no more room than its place.
 */
public final class KeyTable {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Update[].class);
    private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

    /** At most half full. */
    private volatile Update[] table;
    private int size;

    /** @param expected how many keys it has room for before it grows */
    public KeyTable(int expected) {
        table = new Update[Integer.highestOneBit(Math.max(8, expected)) * 4];
    }

    /** What a key is found by. */
    static int hash(byte[] key) {
        long hash = key.length;
        int i = 0;
        for (; i <= key.length - Long.BYTES; i += Long.BYTES) {
            hash = mixed(hash ^ (long) LONG.get(key, i));
        }
        for (; i < key.length; i++) {
            hash = (hash ^ key[i] & 0xff) * MULTIPLIER;
        }
        return (int) (mixed(hash) >>> 32);
    }

    private static long mixed(long hash) {
        long product = hash * MULTIPLIER;
        return product ^ product >>> 29;
    }

    /** How many keys it holds. */
    public int size() {
        return size;
    }

    /** The last update of a key; null if there is none. */
    public Update get(byte[] key) {
        return get(key, hash(key));
    }

    Update get(byte[] key, int hash) {
        Update[] places = table;
        for (int place = hash & places.length - 1;; place = place + 1 & places.length - 1) {
            Update found = (Update) PLACE.getAcquire(places, place);
            if (found == null || found.hash == hash && Arrays.equals(found.key(), key)) {
                return found;
            }
        }
    }

    /** Puts an update in the place of the one before, if there is one. */
    public void put(Update update) {
        Update[] places = table;
        if (put(places, update) && ++size * 2 > places.length) {
            Update[] larger = new Update[places.length * 2];
            for (Update each : places) {
                if (each != null) {
                    put(larger, each);
                }
            }
            table = larger;
        }
    }

    /** @return whether its key is new */
    private static boolean put(Update[] places, Update update) {
        for (int place = update.hash & places.length - 1;; place = place + 1 & places.length - 1) {
            Update found = places[place];
            if (found == null || found.hash == update.hash && Arrays.equals(found.key(), update.key())) {
                PLACE.setRelease(places, place, update);
                return found == null;
            }
        }
    }

    /** The updates, in no order. */
    List<Update> all() {
        List<Update> all = new ArrayList<>(size);
        for (Update each : table) {
            if (each != null) {
                all.add(each);
            }
        }
        return all;
    }

    /** Puts updates in the order of their keys; takes little if most are. For one thread. */
    static void sort(List<Update> updates) {
        int common = KeyOrder.commonStart(updates, Update::key);
        updates.forEach(each -> each.order = KeyOrder.eightBytes(each.key(), common));
        updates.sort((one, other) -> KeyOrder.compare(one.order, one.key(), other.order, other.key()));
    }
}
