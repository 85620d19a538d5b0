package lattice.shell.internal.maintenance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.kernel.node.Maintenance;
import lattice.kernel.node.Verification;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Reads all that stores keep on disk, and says what is damaged. */
@Component(property = Command.NAME + "=verify")
public final class VerifyCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("verify",
            "Read all that a store keeps on disk, and say what is damaged.",
            List.of(MaintainedStores.parameter("all of them")), List.of(), true, List.of("lattice:verify", "lattice:verify root"));

    private final Maintenance maintenance;

    @Activate
    public VerifyCommand(@Reference Maintenance maintenance) {
        this.maintenance = maintenance;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Optional<String> asked = MaintainedStores.asked(maintenance, arguments);
        List<Verification> results = new ArrayList<>();
        for (String store : asked.map(List::of).orElseGet(maintenance::stores)) {
            results.add(maintenance.verify(store));
        }
        List<List<Object>> rows = new ArrayList<>();
        int damaged = 0;
        for (Verification result : results) {
            rows.add(List.of(result.store(), result.records(), result.values(), result.bytes(), result.damages().stream()
                    .map(place -> place.file() + " at " + place.offset() + ", " + place.bytes() + " bytes: " + place.what())
                    .toList()));
            damaged += result.damages().size();
        }
        output.table(new Table(List.of("store", "records", "values", "bytes", "damages"), rows, "This node has no stores."));
        if (damaged > 0) {
            throw new CommandException((damaged == 1 ? "One place is damaged" : damaged + " places are damaged")
                    + ": see above, and docs/storage.md for what to do.");
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return maintenance.stores();
    }
}
