package lattice.consent;

import java.util.Optional;
import java.util.stream.Stream;

/** What the owner of a node says about a service. */
public enum ConsentValue {
    /** It runs whenever it is declared, whatever its policy says. */
    ALWAYS_ALLOW("AlwaysAllow"),
    /** It runs when it is declared and meant for this node. */
    FOLLOW_MESH("FollowMesh"),
    /** It never runs. */
    BLOCK("Block"),
    /** The owner has not decided: it does not run. */
    MANUAL("Manual");

    private final String word;

    ConsentValue(String word) {
        this.word = word;
    }

    /** As people write it, such as {@code FollowMesh}. */
    public String word() {
        return word;
    }

    /** The value of exactly that word. */
    public static Optional<ConsentValue> of(String word) {
        return Stream.of(values()).filter(value -> value.word.equals(word)).findFirst();
    }

    @Override
    public String toString() {
        return word;
    }
}
