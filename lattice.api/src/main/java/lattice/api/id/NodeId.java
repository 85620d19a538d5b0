package lattice.api.id;

import java.util.regex.Pattern;

/**
 * The identity of a node: its Ed25519 public key.
 *
 * @param hex the 32 bytes of the key as 64 lower-case hexadecimal digits
 */
public record NodeId(String hex) implements Comparable<NodeId> {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException if {@code hex} is not 64 lower-case hexadecimal digits */
    public NodeId {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("A node id is 64 lower-case hexadecimal digits, not '" + hex + "'.");
        }
    }

    /** The first 8 digits: what people are shown. */
    public String shortId() {
        return hex.substring(0, 8);
    }

    @Override
    public int compareTo(NodeId other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
