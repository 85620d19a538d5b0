package lattice.registry.internal.declaration;

import java.util.Optional;
import java.util.stream.Stream;

/** Where a service of a bundle runs; a later one isolates more. */
public enum Isolation {
    /** In the node's own process. */
    NODE("node"),
    /** In a process of its own. */
    PROCESS("process");

    private final String word;

    Isolation(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    public static Optional<Isolation> of(String word) {
        return Stream.of(values()).filter(isolation -> isolation.word.equals(word)).findFirst();
    }

    /** The one that isolates more. */
    public Isolation atLeast(Isolation other) {
        return compareTo(other) < 0 ? other : this;
    }
}
