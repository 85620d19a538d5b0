package lattice.kernel.internal.commit;

import java.util.Arrays;

/**
 * A command as it was sent to a state machine.
 *
 * @param stateMachine the name of the state machine
 * @param body in the state machine's own form, not to be modified
 */
public record SentCommand(String stateMachine, byte[] body) {
    /** The longest name of a state machine, in bytes. */
    public static final int MAX_NAME_BYTES = 255;

    @Override
    public boolean equals(Object other) {
        return other instanceof SentCommand that && stateMachine.equals(that.stateMachine) && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return 31 * stateMachine.hashCode() + Arrays.hashCode(body);
    }
}
