package lattice.bench.subject;

import java.util.concurrent.ThreadLocalRandom;

/** What is written: keys of 28 bytes and values of 100, as in the measurements that the design is built on. */
public final class Data {
    /** Where all keys are. */
    public static final String PREFIX = "/bench";

    /** How many keys a scan of one group reads. */
    public static final int GROUP = 1000;

    private static final int VALUE_BYTES = 100;

    private Data() {
    }

    /** The n-th key, in groups of {@value #GROUP}. */
    public static String key(long n) {
        return group(n / GROUP) + String.format("/%08d", n % GROUP);
    }

    /** The prefix of the n-th group of keys. */
    public static String group(long n) {
        return PREFIX + String.format("/%012d", n);
    }

    /** A value that can't be compressed away. */
    public static byte[] value() {
        byte[] value = new byte[VALUE_BYTES];
        ThreadLocalRandom.current().nextBytes(value);
        return value;
    }
}
