package lattice.kernel.internal.store;

import java.util.Optional;
import lattice.api.statemachine.StateMachine;

/** Finds the state machines that are here, when they are needed. */
@FunctionalInterface
public interface StateMachines {
    /** None at all. */
    StateMachines NONE = name -> Optional.empty();

    /** The state machine that is registered by a name now. */
    Optional<StateMachine> find(String name);
}
