package lattice.registry.internal.declaration;

import java.util.Optional;
import java.util.stream.Stream;

/** When an instance that ended is started again. */
public enum RestartRule {
    /** Always. */
    ALWAYS("always"),
    /** If it failed. */
    ON_FAILURE("on-failure"),
    /** Not by itself. */
    NO("no");

    private final String word;

    RestartRule(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    public static Optional<RestartRule> of(String word) {
        return Stream.of(values()).filter(rule -> rule.word.equals(word)).findFirst();
    }
}
