package lattice.api.store;

import java.time.Instant;

/**
 * A reading of a hybrid logical clock: close to wall-clock time, and later than everything that its reader had seen
 * (Kulkarni et al., "Logical Physical Clocks", OPODIS 2014).
 *
 * @param bits milliseconds since 1970 UTC in the upper 48 bits, a counter in the lower 16; never negative
 */
public record HybridTime(long bits) implements Comparable<HybridTime> {
    /** Before every reading of any clock. */
    public static final HybridTime ZERO = new HybridTime(0);

    private static final int COUNTER_BITS = 16;

    /** @throws IllegalArgumentException if {@code bits} is negative */
    public HybridTime {
        if (bits < 0) {
            throw new IllegalArgumentException("A hybrid time is not negative: " + bits);
        }
    }

    /** The first reading within a millisecond. */
    public static HybridTime ofMillis(long millis) {
        return new HybridTime(Math.multiplyExact(millis, 1L << COUNTER_BITS));
    }

    /** Milliseconds since 1970 UTC. */
    public long millis() {
        return bits >>> COUNTER_BITS;
    }

    /** How many readings of the same millisecond came before. */
    public int counter() {
        return (int) (bits & 0xffff);
    }

    /** The wall-clock part. */
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    /** The next later reading. */
    public HybridTime next() {
        return new HybridTime(bits + 1);
    }

    @Override
    public int compareTo(HybridTime other) {
        return Long.compare(bits, other.bits);
    }
}
