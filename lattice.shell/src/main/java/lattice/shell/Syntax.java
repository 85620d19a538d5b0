package lattice.shell;

import java.util.List;

/**
 * What a command takes.
 *
 * @param name without its scope
 * @param summary one line, an imperative sentence
 * @param parameters in order; optional ones after required ones, a repeated one last
 * @param options without {@code --help} and {@code --json}, which the shell adds
 * @param shows whether it lists or shows something, and so has {@code --json}
 * @param examples lines that a person could type
 */
public record Syntax(String name, String summary, List<Parameter> parameters, List<Option> options, boolean shows,
        List<String> examples) {
    public Syntax {
        parameters = List.copyOf(parameters);
        options = List.copyOf(options);
        examples = List.copyOf(examples);
    }

    /**
     * A positional argument.
     *
     * @param name such as {@code service}
     * @param description a phrase
     * @param arity how many there may be
     */
    public record Parameter(String name, String description, Arity arity) {
    }

    /** How many values a parameter takes. */
    public enum Arity {
        REQUIRED, OPTIONAL, ANY
    }

    /**
     * A named option.
     *
     * @param name with its dashes: {@code --set}
     * @param value the name of its value, such as {@code key=value}; empty for a flag
     * @param description a phrase
     * @param repeatable whether it may be given more than once
     */
    public record Option(String name, String value, String description, boolean repeatable) {
        /** An option that is there or not. */
        public static Option flag(String name, String description) {
            return new Option(name, "", description, false);
        }

        /** An option with one value. */
        public static Option of(String name, String value, String description) {
            return new Option(name, value, description, false);
        }

        /** An option that may be given many times. */
        public static Option many(String name, String value, String description) {
            return new Option(name, value, description, true);
        }
    }
}
