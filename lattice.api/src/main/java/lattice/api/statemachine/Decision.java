package lattice.api.statemachine;

import java.util.List;

/** What a state machine makes of a command. */
public sealed interface Decision {
    /**
     * It takes effect.
     *
     * @param effects in order; may be empty
     */
    record Accept(List<Effect> effects) implements Decision {
        public Accept {
            effects = List.copyOf(effects);
        }

        public Accept(Effect... effects) {
            this(List.of(effects));
        }
    }

    /**
     * It does not.
     *
     * @param reason one sentence for whoever sent the command
     */
    record Refuse(String reason) implements Decision {
    }
}
