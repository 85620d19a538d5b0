package lattice.shell.internal.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import lattice.api.node.ClockStatus;
import lattice.api.store.StoreStatus;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Shows this node. */
@Component(property = Command.NAME + "=node")
public final class NodeCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("node", "Show this node: its id, home, clock and stores.",
            List.of(), List.of(), true, List.of("lattice:node", "lattice:node --json"));

    private final Node node;

    @Activate
    public NodeCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) {
        ClockStatus clock = node.clock();
        List<Object> stores = new ArrayList<>();
        List<Object> problems = new ArrayList<>();
        for (StoreStatus store : node.storeStatus()) {
            stores.add(Details.of("name", store.name(), "id", store.id().shortId(), "revision", store.position().revision(),
                    "lag", store.lag(), "logBytes", store.logBytes(), "viewBytes", store.viewBytes(),
                    "state", state(store)));
            store.problem().ifPresent(problem -> problems.add(new Styled(problem, Styled.Tone.BAD)));
        }
        output.details(Details.of(
                "id", node.id().hex(),
                "home", node.home().toString(),
                "up", uptime(Duration.ofMillis(node.uptimeMillis())),
                "clock", clock.problem().map(problem -> new Styled(problem, Styled.Tone.BAD))
                        .orElse(new Styled("good", Styled.Tone.GOOD)),
                "lastTime", clock.last().instant(),
                "stores", stores,
                "problems", problems));
    }

    private static Styled state(StoreStatus store) {
        return !store.writable() ? new Styled("not writable", Styled.Tone.BAD)
                : store.problem().isPresent() ? new Styled("degraded", Styled.Tone.BAD) : new Styled("good", Styled.Tone.GOOD);
    }

    private static String uptime(Duration up) {
        return (up.toDays() > 0 ? up.toDays() + " d " : "") + (up.toHours() > 0 ? up.toHoursPart() + " h " : "")
                + (up.toMinutes() > 0 ? up.toMinutesPart() + " min " : "") + up.toSecondsPart() + " s";
    }
}
