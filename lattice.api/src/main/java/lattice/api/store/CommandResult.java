package lattice.api.store;

/** What a state machine made of a command. */
public sealed interface CommandResult {
    /**
     * Its effects are committed.
     *
     * @param receipt of the commit
     */
    record Applied(Receipt receipt) implements CommandResult {
    }

    /** It was accepted and changed nothing. */
    record NoEffect() implements CommandResult {
    }

    /**
     * The state machine said no; nothing was written.
     *
     * @param reason for the person or program that sent the command
     */
    record Refused(String reason) implements CommandResult {
    }
}
