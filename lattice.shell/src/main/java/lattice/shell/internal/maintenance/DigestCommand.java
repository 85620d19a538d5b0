package lattice.shell.internal.maintenance;

import java.util.List;
import java.util.Optional;
import lattice.api.store.Prefix;
import lattice.kernel.node.Maintenance;
import lattice.kernel.node.StateDigest;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Prints a hash of a store's state. */
@Component(property = Command.NAME + "=digest")
public final class DigestCommand implements Command {
    private static final String ROOT = "root";
    private static final String PREFIX = "prefix";
    private static final Syntax SYNTAX = new Syntax("digest",
            "Print a hash of a store's state: equal on any two nodes whose state is.",
            List.of(MaintainedStores.parameter(ROOT),
                    new Syntax.Parameter(PREFIX, "only what is under it, such as /notes", Syntax.Arity.OPTIONAL)),
            List.of(), true, List.of("lattice:digest", "lattice:digest /notes", "lattice:digest meta"));

    private final Maintenance maintenance;

    @Activate
    public DigestCommand(@Reference Maintenance maintenance) {
        this.maintenance = maintenance;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws CommandException {
        Optional<String> first = arguments.optional(MaintainedStores.STORE);
        boolean prefixAlone = arguments.optional(PREFIX).isEmpty() && first.filter(word -> word.startsWith("/")).isPresent();
        String store = prefixAlone ? ROOT : MaintainedStores.asked(maintenance, arguments).orElse(ROOT);
        Prefix prefix = (prefixAlone ? first : arguments.optional(PREFIX)).map(Prefix::new).orElse(Prefix.ALL);
        StateDigest digest = maintenance.digest(store, prefix);
        output.details(Details.of("store", store, "prefix", prefix.path(), "digest", digest.hex(), "values",
                digest.values(), "revision", digest.revision()));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return place.equals(PREFIX) ? List.of() : maintenance.stores();
    }
}
