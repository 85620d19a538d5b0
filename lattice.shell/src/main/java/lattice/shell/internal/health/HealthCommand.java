package lattice.shell.internal.health;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Syntax;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Shows what {@code lattice.health} has published. It is here and not beside that service because services know nothing of
 * the shell: the same bundle may run in a process of its own.
 */
@Component(property = Command.NAME + "=health")
public final class HealthCommand implements Command {
    private static final String ALL = "--all";
    private static final int SHORT_ID = 8;
    private static final Syntax SYNTAX = new Syntax("health",
            "Show how this node is, as the service lattice.health last found it.", List.of(),
            List.of(Syntax.Option.flag(ALL, "every node that publishes its health, a line each")), true,
            List.of("lattice:health", "lattice:health --all", "lattice:health --json"));

    private final Node node;

    @Activate
    public HealthCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws CommandException {
        output.table(arguments.flag(ALL) ? everyNode() : thisNode());
    }

    private Table thisNode() throws CommandException {
        Optional<Entry> entry = node.rootStore().get(new Key("/nodes/" + node.id() + "/health")).filter(this::isOfThisRun);
        if (entry.isEmpty()) {
            throw new CommandException(isRunning()
                    ? "lattice.health runs here, but has not published anything yet: ask again in a moment; if it stays so, "
                            + "lattice:log says why."
                    : "Nobody looks at this node's health: lattice:declare lattice.health, then lattice:consent lattice.health "
                            + "FollowMesh; lattice:why lattice.health says what is missing.");
        }
        List<List<Object>> rows = new ArrayList<>();
        for (Summary.Check check : summary(entry.get()).checks()) {
            rows.add(List.of(check.name(), Summary.styled(check.status()), check.problems()));
        }
        return new Table(List.of("check", "status", "problems"), rows, "No check has been made yet.");
    }

    /** Whether the registry says that the service runs here now. */
    private boolean isRunning() {
        Key key = new Key("/nodes/" + node.id() + "/services/lattice.health");
        return node.rootStore().get(key).filter(this::isOfThisRun).filter(HealthCommand::saysRunning).isPresent();
    }

    private static boolean saysRunning(Entry status) {
        try {
            return Summary.state(status.value()).equals("Running");
        } catch (IOException e) {
            // What can't be read does not say so.
            return false;
        }
    }

    /** Whether it was written since this node came up: one that was killed could not take its last summary away. */
    private boolean isOfThisRun(Entry entry) {
        return entry.version().time().millis() >= System.currentTimeMillis() - node.uptimeMillis();
    }

    private Table everyNode() {
        List<List<Object>> rows = new ArrayList<>();
        try (Stream<Entry> entries = node.rootStore().scan(new Prefix("/nodes"))) {
            entries.filter(HealthCommand::isHealth).filter(entry -> !isOwn(entry) || isOfThisRun(entry))
                    .forEach(entry -> rows.add(row(entry)));
        }
        return new Table(List.of("node", "status", "since", "problems"), rows, "No node publishes its health.");
    }

    private boolean isOwn(Entry entry) {
        return entry.key().segments()[1].equals(node.id().hex());
    }

    private static List<Object> row(Entry entry) {
        String id = entry.key().segments()[1];
        String shortId = id.substring(0, Math.min(id.length(), SHORT_ID));
        try {
            Summary summary = Summary.of(entry.value());
            return List.of(shortId, Summary.styled(summary.status()), summary.since(),
                    summary.checks().stream().flatMap(check -> check.problems().stream()).toList());
        } catch (IOException e) {
            // What another node writes about itself must not keep this one from showing the rest.
            return Arrays.asList(shortId, new Styled("unreadable", Styled.Tone.BAD), entry.version().time().instant(),
                    List.of("This is no summary of health: " + e.getMessage()));
        }
    }

    private static boolean isHealth(Entry entry) {
        String[] segments = entry.key().segments();
        return segments.length == 3 && segments[2].equals("health");
    }

    private static Summary summary(Entry entry) throws CommandException {
        try {
            return Summary.of(entry.value());
        } catch (IOException e) {
            throw new CommandException("What is at " + entry.key() + " is no summary of health (" + e.getMessage()
                    + "): lattice:history " + entry.key() + " shows who wrote it.", e);
        }
    }
}
