package lattice.service.irc.internal.server;

/** What a client sent. */
sealed interface Input {
    /**
     * A line.
     *
     * @param line without its end, not empty
     */
    record Text(String line) implements Input {
    }

    /** A line that was longer than a line may be; it is not kept. */
    record TooLong() implements Input {
    }

    /** Very much without the end of a line. */
    record Endless() implements Input {
    }
}
