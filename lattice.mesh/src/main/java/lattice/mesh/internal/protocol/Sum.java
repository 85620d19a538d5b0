package lattice.mesh.internal.protocol;

/**
 * A sum of 128-bit hashes, the same whatever the order they were added in.
 *
 * @param high upper half
 * @param low lower half
 */
public record Sum(long high, long low) {
    static final Sum ZERO = new Sum(0, 0);

    Sum plus(Sum other) {
        return new Sum(high + other.high, low + other.low);
    }

    Sum minus(Sum other) {
        return new Sum(high - other.high, low - other.low);
    }
}
