package lattice.shell.internal.maintenance;

import java.io.IOException;
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

/** Reads all that stores keep on disk, says what is damaged, and repairs it. */
@Component(property = Command.NAME + "=verify")
public final class VerifyCommand implements Command {
    private static final String ACCEPT_LOSS = "--accept-loss";
    private static final Syntax SYNTAX = new Syntax("verify",
            "Read all that a store keeps on disk, say what is damaged, and repair it.",
            List.of(MaintainedStores.parameter("all of them")),
            List.of(Syntax.Option.flag(ACCEPT_LOSS, "what was lost to damage before is to be no problem any more")), true,
            List.of("lattice:verify", "lattice:verify root", "lattice:verify root --accept-loss"));

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
        List<List<Object>> rows = new ArrayList<>();
        List<String> accepted = new ArrayList<>();
        int damaged = 0;
        int lost = 0;
        for (String store : asked.map(List::of).orElseGet(maintenance::stores)) {
            if (arguments.flag(ACCEPT_LOSS)) {
                accepted.add(accept(store));
            }
            Verification found = maintenance.verify(store);
            List<String> losses = maintenance.losses(store);
            rows.add(List.of(found.store(), found.records(), found.values(), found.bytes(), found.damages().stream()
                    .map(place -> place.file() + " at " + place.offset() + ", " + place.bytes() + " bytes: " + place.what()
                            + (place.repaired() ? " It is repaired." : ""))
                    .toList(), losses));
            damaged += (int) found.damages().stream().filter(place -> !place.repaired()).count();
            lost += losses.size();
        }
        output.table(new Table(List.of("store", "records", "values", "bytes", "damages", "lost"), rows,
                "This node has no stores."));
        accepted.forEach(output::line);
        if (damaged > 0) {
            throw new CommandException((damaged == 1 ? "One place is damaged" : damaged + " places are damaged")
                    + ": see above, and docs/storage.md for what to do.");
        }
        if (lost > 0) {
            throw new CommandException("What is on the disk is sound, but what stood in " + places(lost) + " was lost to damage"
                    + " before: see docs/storage.md for how to get it back. `lattice:verify --accept-loss` goes on without.");
        }
    }

    private String accept(String store) throws IOException {
        List<String> losses = maintenance.losses(store);
        return maintenance.acceptLoss(store) ? "Store " + store + " goes on without what stood in " + places(losses.size()) + "."
                : "Store " + store + " has lost nothing.";
    }

    private static String places(int count) {
        return count + (count == 1 ? " place" : " places");
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return maintenance.stores();
    }
}
