package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.PREFIX;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Lists the keys under a prefix. */
@Component(property = Command.NAME + "=list")
public final class ListCommand implements Command {
    private static final String LIMIT = "--limit";
    private static final String VALUES = "--values";
    private static final int USUAL_LIMIT = 1_000;
    private static final int HIGHEST_LIMIT = 100_000;
    private static final Syntax SYNTAX = new Syntax("list", "List the keys under a prefix.",
            List.of(new Syntax.Parameter(PREFIX, "such as /notes; without it, everything", Syntax.Arity.OPTIONAL)),
            List.of(Syntax.Option.of(LIMIT, "number", "at most so many (" + USUAL_LIMIT + ")"),
                    Syntax.Option.flag(VALUES, "the beginning of each value, too"), Stores.OPTION),
            true, List.of("lattice:list /services --values", "lattice:list / --limit 20"));

    private final Node node;

    @Activate
    public ListCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Store store = Stores.asked(node, arguments);
        Prefix prefix = arguments.optional(PREFIX).map(Prefix::new).orElse(Prefix.ALL);
        int limit = arguments.number(LIMIT, USUAL_LIMIT, 1, HIGHEST_LIMIT);
        boolean values = arguments.flag(VALUES);
        List<String> columns = new ArrayList<>(List.of("key", "bytes", "revision", "time", "author"));
        if (values) {
            columns.add("value");
        }
        List<List<Object>> rows = new ArrayList<>();
        boolean more;
        try (Stream<Entry> entries = store.scan(prefix)) {
            Iterator<Entry> next = entries.iterator();
            while (next.hasNext() && rows.size() < limit) {
                rows.add(row(next.next(), values));
            }
            more = next.hasNext();
        }
        output.table(new Table(columns, rows, "The store " + store.name() + " has nothing under " + prefix + "."));
        if (more) {
            output.line("There is more: take a longer prefix, or a higher " + LIMIT + " than " + limit + ".");
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }

    private static List<Object> row(Entry entry, boolean values) {
        List<Object> row = new ArrayList<>(List.of(entry.key().path(), entry.value().length, entry.revision(),
                entry.version().time().instant(), entry.version().author().node().shortId()));
        if (values) {
            row.add(Shown.excerpt(entry.value()));
        }
        return row;
    }
}
