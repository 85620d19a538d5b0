package lattice.kernel.internal.view;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.Function;

/**
 * The order of keys, byte by byte, unsigned. Where many are put in order eight bytes of each are compared, from where they no
 * longer all begin alike: that tells nearly always, and without a look at the keys themselves.
 */
final class KeyOrder {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private KeyOrder() {
    }

    /** With how many bytes all of them begin. */
    static <T> int commonStart(Collection<T> all, Function<T, byte[]> key) {
        byte[] first = null;
        int common = 0;
        for (T each : all) {
            byte[] bytes = key.apply(each);
            if (first == null) {
                first = bytes;
                common = bytes.length;
            } else {
                int differs = Arrays.mismatch(first, 0, common, bytes, 0, Math.min(common, bytes.length));
                common = differs < 0 ? common : differs;
            }
        }
        return common;
    }

    /** Eight bytes of a key as an unsigned number that is greater for a greater key; what is missing counts as 0. */
    static long eightBytes(byte[] key, int from) {
        if (key.length - from >= Long.BYTES) {
            return (long) LONG.get(key, from);
        }
        long bytes = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            bytes = bytes << Byte.SIZE | (from + i < key.length ? key[from + i] & 0xff : 0);
        }
        return bytes;
    }

    /** Compares keys of which {@link #eightBytes} is known. */
    static int compare(long order, byte[] key, long otherOrder, byte[] otherKey) {
        int compared = Long.compareUnsigned(order, otherOrder);
        return compared != 0 ? compared : Arrays.compareUnsigned(key, otherKey);
    }
}
