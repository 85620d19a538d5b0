package lattice.api.id;

import java.util.regex.Pattern;

/**
 * The identity of a store. A root store's id is also the id of its mesh.
 *
 * @param hex the 32 bytes of a hash as 64 lower-case hexadecimal digits
 */
public record StoreId(String hex) implements Comparable<StoreId> {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException if {@code hex} is not 64 lower-case hexadecimal digits */
    public StoreId {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("A store id is 64 lower-case hexadecimal digits, not '" + hex + "'.");
        }
    }

    /** The first 8 digits: what people are shown. */
    public String shortId() {
        return hex.substring(0, 8);
    }

    @Override
    public int compareTo(StoreId other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
