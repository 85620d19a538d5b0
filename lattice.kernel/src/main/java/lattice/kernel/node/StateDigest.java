package lattice.kernel.node;

/**
 * A hash of a part of a store's state.
 *
 * @param revision this node's revision that it is of
 * @param values how many values it covers
 * @param hex 64 hexadecimal digits, equal wherever the keys, values and versions are
 */
public record StateDigest(long revision, long values, String hex) {
}
