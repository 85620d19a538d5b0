package lattice.shell.internal.maintenance;

import java.util.Optional;
import lattice.kernel.node.Maintenance;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Syntax;

/** Which store is to be looked after: any of the node's, the meta store included. */
final class MaintainedStores {
    static final String STORE = "store";

    private MaintainedStores() {
    }

    /** The parameter that {@link #asked} reads. */
    static Syntax.Parameter parameter(String ifLeftOut) {
        return new Syntax.Parameter(STORE, "which; without it, " + ifLeftOut, Syntax.Arity.OPTIONAL);
    }

    static Optional<String> asked(Maintenance maintenance, Arguments arguments) throws CommandException {
        Optional<String> asked = arguments.optional(STORE);
        if (asked.isPresent() && !maintenance.stores().contains(asked.get())) {
            throw new CommandException("This node has no store '" + asked.get() + "'; it has "
                    + String.join(", ", maintenance.stores()) + ".");
        }
        return asked;
    }
}
