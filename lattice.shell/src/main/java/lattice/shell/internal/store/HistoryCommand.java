package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.KEY;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import lattice.api.id.ServiceId;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.Store;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Syntax;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Shows what was written to a key. */
@Component(property = Command.NAME + "=history")
public final class HistoryCommand implements Command {
    private static final String LIMIT = "--limit";
    private static final int USUAL_LIMIT = 20;
    private static final int HIGHEST_LIMIT = 10_000;
    private static final Syntax SYNTAX = new Syntax("history", "Show who wrote what to a key and when, the newest first.",
            List.of(new Syntax.Parameter(KEY, "such as /notes/today", Syntax.Arity.REQUIRED)),
            List.of(Syntax.Option.of(LIMIT, "number", "at most so many (" + USUAL_LIMIT + ")"), Stores.OPTION),
            true, List.of("lattice:history /services/lattice.irc-gateway/config"));

    private final Node node;

    @Activate
    public HistoryCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Store store = Stores.asked(node, arguments);
        Key key = new Key(arguments.required(KEY));
        List<List<Object>> rows = new ArrayList<>();
        for (HistoryEntry entry : store.history(key, arguments.number(LIMIT, USUAL_LIMIT, 1, HIGHEST_LIMIT))) {
            rows.add(Arrays.asList(entry.revision(), entry.version().time().instant(),
                    entry.version().author().node().shortId(), entry.service().map(ServiceId::name).orElse(null),
                    outcome(entry.outcome()),
                    entry.value().<Object>map(Shown::excerpt).orElse(new Styled("(deleted)", Styled.Tone.QUIET))));
        }
        output.table(new Table(List.of("revision", "time", "author", "service", "outcome", "value"), rows,
                "The log of the store " + store.name() + " holds no write to " + key + "."));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }

    private static Styled outcome(HistoryEntry.Outcome outcome) {
        return new Styled(outcome.name().toLowerCase(Locale.ROOT), switch (outcome) {
            case CURRENT -> Styled.Tone.GOOD;
            case OVERWRITTEN -> Styled.Tone.QUIET;
            case LOST -> Styled.Tone.WARNING;
            case VOID -> Styled.Tone.BAD;
        });
    }
}
