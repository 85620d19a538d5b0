package lattice.api.store;

import java.util.Set;

/**
 * What a service may touch in a store. What is not named is denied.
 *
 * @param read prefixes that it may get, scan and watch
 * @param write prefixes that it may put, delete and send commands about
 */
public record Acl(Set<Prefix> read, Set<Prefix> write) {
    public Acl {
        read = Set.copyOf(read);
        write = Set.copyOf(write);
    }

    /** Whether all under {@code prefix} may be read. */
    public boolean mayRead(Prefix prefix) {
        return read.stream().anyMatch(granted -> granted.contains(prefix));
    }

    /** Whether {@code key} may be read. */
    public boolean mayRead(Key key) {
        return read.stream().anyMatch(granted -> granted.contains(key));
    }

    /** Whether {@code key} may be written. */
    public boolean mayWrite(Key key) {
        return write.stream().anyMatch(granted -> granted.contains(key));
    }
}
