package lattice.shell.internal.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Table;
import org.jline.utils.AttributedString;

/** Shows answers to a person. */
public final class TextOutput implements Output {
    private static final int BAR = 30;
    private static final String CLEAR_REST = "\u001b[K";

    private final Screen screen;
    private final Sink out;
    private final Sink err;

    public TextOutput(PrintStream out, PrintStream err, Screen screen) {
        this.screen = screen;
        this.out = new Sink(out, screen.colours());
        this.err = new Sink(err, screen.colours());
    }

    /** Says in one line what went wrong. */
    public static void error(PrintStream err, Screen screen, String text) {
        say(new Sink(err, screen.colours()), screen, new AttributedString(Printable.line(text), Cell.ERROR));
    }

    private static void say(Sink sink, Screen screen, AttributedString line) {
        Fold.prose(line, screen.columns()).forEach(sink::line);
    }

    /** Prints what an expression of the shell's own language is worth. */
    public static void print(PrintStream out, Screen screen, String text) {
        String shown = screen.terminal() ? Printable.lines(text) : text;
        new Sink(out, false).text(shown.endsWith("\n") ? shown : shown + "\n");
    }

    @Override
    public void table(Table table) {
        if (table.rows().isEmpty()) {
            // In a pipe the next command is to see no rows, not a sentence.
            say(screen.terminal() ? out : err, screen, new AttributedString(Printable.line(table.ifEmpty())));
            return;
        }
        TableLayout.lines(table, screen.columns()).forEach(out::line);
    }

    @Override
    public void details(Details details) {
        int width = details.fields().keySet().stream().mapToInt(name -> Cell.words(name).length()).max().orElse(0);
        List<Map.Entry<String, Table>> tables = new ArrayList<>();
        details.fields().forEach((name, value) -> {
            if (isListOfDetails(value)) {
                tables.add(Map.entry(name, asTable((List<?>) value)));
            } else {
                TableLayout.detail(new AttributedString(Cell.words(name), Cell.HEADING), width, Cell.lines(value),
                        screen.columns()).forEach(out::line);
            }
        });
        for (Map.Entry<String, Table> table : tables) {
            out.line(AttributedString.EMPTY);
            out.line(new AttributedString(Cell.words(table.getKey()), Cell.HEADING));
            TableLayout.lines(table.getValue(), screen.columns()).forEach(out::line);
        }
    }

    @Override
    public void line(String text) {
        say(out, screen, new AttributedString(Printable.line(text)));
    }

    @Override
    public void progress(String what, long done, long all) {
        if (screen.terminal()) {
            out.text("\r" + bar(Printable.line(what), done, all) + CLEAR_REST + (done >= all ? "\n" : ""));
        }
    }

    static String bar(String what, long done, long all) {
        double share = all <= 0 ? 1 : Math.min(1, Math.max(0, (double) done / all));
        int full = (int) (share * BAR);
        return String.format(Locale.ROOT, "%s [%s%s] %3d %% of %,d", what, "#".repeat(full), ".".repeat(BAR - full),
                (int) (share * 100), all);
    }

    @Override
    public void event(String text, Details fields) {
        line(text);
    }

    @Override
    public void raw(byte[] bytes) {
        if (screen.terminal()) {
            String shown = Printable.bytes(bytes);
            out.text(shown.endsWith("\n") ? shown : shown + "\n");
        } else {
            out.bytes(bytes);
        }
    }

    private static boolean isListOfDetails(Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.stream().allMatch(Details.class::isInstance);
    }

    private static Table asTable(List<?> list) {
        Set<String> columns = new LinkedHashSet<>();
        list.forEach(item -> columns.addAll(((Details) item).fields().keySet()));
        List<List<Object>> rows = new ArrayList<>();
        for (Object item : list) {
            List<Object> row = new ArrayList<>();
            columns.forEach(column -> row.add(((Details) item).fields().get(column)));
            rows.add(row);
        }
        return new Table(List.copyOf(columns), rows, "");
    }
}
