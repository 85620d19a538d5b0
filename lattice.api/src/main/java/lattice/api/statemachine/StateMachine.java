package lattice.api.statemachine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The deterministic part of an application: it turns a command and the state into effects, or refuses. It is registered as
 * an OSGi service under {@link #NAME}. It runs once, at the node where the command was sent; other nodes apply its effects
 * and need not have it. So it must not look at clocks, randomness, files or networks: what it needs of those, the command
 * carries.
 */
@ConsumerType
public interface StateMachine {
    /** Service property that holds its name: a service id, or one with a suffix, such as {@code lattice.irc.chat}. */
    String NAME = "lattice.statemachine.name";

    /**
     * Decides about a command. It should answer within milliseconds; one that takes seconds is given up on.
     *
     * @param state as the commands before this one have left it; good only during the call
     * @param command what was sent; not to be modified
     */
    Decision decide(StateView state, byte[] command);
}
