package lattice.api.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where a value lives: a path of one or more non-empty segments, such as {@code /services/lattice.irc-gateway/config}.
 * Keys are ordered by code point, which is the order of their UTF-8 bytes.
 *
 * @param path starts with {@code /}, has no empty, {@code .} or {@code ..} segment and no control character, is
 *     well-formed Unicode and at most {@value #MAX_BYTES} bytes of UTF-8
 */
public record Key(String path) implements Comparable<Key> {
    /** The longest key, in bytes of UTF-8. */
    public static final int MAX_BYTES = 1024;

    /** @throws StoreException with {@link StoreException.Code#INVALID_KEY} if {@code path} is not of that form */
    public Key {
        Paths.check(path);
        if (path.length() == 1) {
            throw new StoreException(StoreException.Code.INVALID_KEY, "A key needs at least one segment: '/' has none.");
        }
    }

    /** The key one or more segments below this one. */
    public Key child(String segments) {
        return new Key(path + "/" + segments);
    }

    /** The path as UTF-8. */
    public byte[] utf8() {
        return path.getBytes(StandardCharsets.UTF_8);
    }

    /** The segments in order: {@code [services, lattice.irc-gateway, config]}. */
    public String[] segments() {
        return path.substring(1).split("/");
    }

    @Override
    public int compareTo(Key other) {
        return Arrays.compareUnsigned(utf8(), other.utf8());
    }

    @Override
    public String toString() {
        return path;
    }
}
