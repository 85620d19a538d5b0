package lattice.api.store;

/**
 * A key and all keys below it. Prefixes match whole segments: {@code /services} holds {@code /services} and
 * {@code /services/x}, never {@code /services-old}.
 *
 * @param path {@code /} for everything, else of the form of a {@link Key}
 */
public record Prefix(String path) {
    /** Every key. */
    public static final Prefix ALL = new Prefix("/");

    /** @throws StoreException with {@link StoreException.Code#INVALID_KEY} if {@code path} is not of that form */
    public Prefix {
        Paths.check(path);
    }

    /** The prefix that holds {@code key} and what is below it. */
    public static Prefix of(Key key) {
        return new Prefix(key.path());
    }

    /** Whether {@code key} is this path or below it. */
    public boolean contains(Key key) {
        return containsPath(key.path());
    }

    /** Whether everything in {@code other} is also in this. */
    public boolean contains(Prefix other) {
        return containsPath(other.path);
    }

    private boolean containsPath(String other) {
        return path.length() == 1
                || other.startsWith(path) && (other.length() == path.length() || other.charAt(path.length()) == '/');
    }

    @Override
    public String toString() {
        return path;
    }
}
