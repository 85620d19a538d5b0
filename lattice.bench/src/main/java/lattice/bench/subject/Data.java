package lattice.bench.subject;

import java.util.concurrent.ThreadLocalRandom;

/** What is written: keys of 28 bytes and values of 100, as in the measurements that the design is built on. */
public final class Data {
    /** Where all keys are. */
    public static final String PREFIX = "/bench";

    /** How many keys a scan of one group reads. */
    public static final int GROUP = 1000;

    private static final int VALUE_BYTES = 100;
    private static final int GROUP_DIGITS = 12;
    private static final int KEY_DIGITS = 8;

    private Data() {
    }

    /** The n-th key, in groups of {@value #GROUP}. Made by hand: a formatter would take longer than a get. */
    public static String key(long n) {
        StringBuilder key = new StringBuilder(PREFIX.length() + 22).append(PREFIX);
        number(key, n / GROUP, GROUP_DIGITS);
        number(key, n % GROUP, KEY_DIGITS);
        return key.toString();
    }

    /** The prefix of the n-th group of keys. */
    public static String group(long n) {
        StringBuilder group = new StringBuilder(PREFIX);
        number(group, n, GROUP_DIGITS);
        return group.toString();
    }

    private static void number(StringBuilder out, long n, int digits) {
        String number = Long.toString(n);
        out.append('/');
        for (int i = number.length(); i < digits; i++) {
            out.append('0');
        }
        out.append(number);
    }

    /** A value that can't be compressed away. */
    public static byte[] value() {
        byte[] value = new byte[VALUE_BYTES];
        ThreadLocalRandom.current().nextBytes(value);
        return value;
    }
}
