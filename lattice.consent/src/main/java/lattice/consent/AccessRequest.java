package lattice.consent;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a service asks to touch in the store beyond its own state, as its descriptor says it.
 *
 * @param read prefixes; <code>{node}</code> in them stands for the node's id
 * @param write prefixes of the same form
 */
public record AccessRequest(Set<String> read, Set<String> write) {
    /** Nothing beyond its own state. */
    public static final AccessRequest NONE = new AccessRequest(Set.of(), Set.of());

    public AccessRequest {
        read = Set.copyOf(read);
        write = Set.copyOf(write);
    }

    /** Whether all that {@code other} asks for is, word for word, in this. */
    public boolean covers(AccessRequest other) {
        return read.containsAll(other.read) && write.containsAll(other.write);
    }

    /** In words, such as {@code reads /a; writes /b}. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        if (!read.isEmpty()) {
            parts.add("reads " + String.join(", ", new TreeSet<>(read)));
        }
        if (!write.isEmpty()) {
            parts.add("writes " + String.join(", ", new TreeSet<>(write)));
        }
        return parts.isEmpty() ? "nothing beyond its own state" : String.join("; ", parts);
    }
}
