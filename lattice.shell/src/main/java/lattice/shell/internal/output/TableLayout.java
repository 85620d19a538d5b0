package lattice.shell.internal.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import lattice.shell.Table;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/**
 * Lays a table out: in columns as wide as their content, in narrower ones whose content is folded if the terminal is too
 * narrow for that, and row by row, a field to a line, if it is too narrow for columns at all.
 */
final class TableLayout {
    private static final int GAP = 2;
    /** Longer words are broken rather than given the room. */
    private static final int LONG_WORD = 20;
    /** And if that leaves too little for the others, these are. */
    private static final int SHORT_WORD = 12;
    private static final int NARROWEST_VALUE = 16;

    private TableLayout() {
    }

    /** The lines of a table for that many columns of a terminal; 0 for as many as it takes. */
    static List<AttributedString> lines(Table table, int columns) {
        int[] widths = new int[table.columns().size()];
        int[] words = new int[widths.length];
        measure(table, widths, words);
        if (columns > 0 && !fit(widths, words, LONG_WORD, columns) && !fit(widths, words, SHORT_WORD, columns)) {
            return fieldByField(table, columns);
        }
        List<AttributedString> lines = new ArrayList<>();
        List<List<AttributedString>> headings = new ArrayList<>();
        boolean[] right = new boolean[widths.length];
        for (int i = 0; i < widths.length; i++) {
            headings.add(Fold.fold(heading(table.columns().get(i)), widths[i]));
            int column = i;
            right[i] = !table.rows().isEmpty() && table.rows().stream().allMatch(
                    row -> row.get(column) == null || Cell.isNumber(row.get(column)));
        }
        lines.addAll(row(headings, widths, right));
        for (List<Object> row : table.rows()) {
            List<List<AttributedString>> cells = new ArrayList<>();
            for (int i = 0; i < widths.length; i++) {
                List<AttributedString> cell = new ArrayList<>();
                for (AttributedString line : Cell.lines(row.get(i))) {
                    cell.addAll(Fold.fold(line, widths[i]));
                }
                cells.add(cell);
            }
            lines.addAll(row(cells, widths, right));
        }
        return lines;
    }

    private static List<AttributedString> row(List<List<AttributedString>> cells, int[] widths, boolean[] right) {
        int height = cells.stream().mapToInt(List::size).max().orElse(1);
        List<AttributedString> lines = new ArrayList<>(height);
        for (int y = 0; y < height; y++) {
            AttributedStringBuilder line = new AttributedStringBuilder();
            for (int x = 0; x < widths.length; x++) {
                AttributedString cell = y < cells.get(x).size() ? cells.get(x).get(y) : AttributedString.EMPTY;
                Fold.pad(line, cell, widths[x], right[x]);
                if (x + 1 < widths.length) {
                    line.append(" ".repeat(GAP));
                }
            }
            AttributedString whole = line.toAttributedString();
            lines.add(Fold.trimmed(whole, 0, whole.length()));
        }
        return lines;
    }

    private static List<AttributedString> fieldByField(Table table, int columns) {
        int width = table.columns().stream().mapToInt(name -> heading(name).columnLength()).max().orElse(0);
        List<AttributedString> lines = new ArrayList<>();
        for (List<Object> row : table.rows()) {
            if (!lines.isEmpty()) {
                lines.add(AttributedString.EMPTY);
            }
            for (int i = 0; i < row.size(); i++) {
                lines.addAll(field(heading(table.columns().get(i)), width, Cell.lines(row.get(i)), columns, Fold::fold));
            }
        }
        return lines;
    }

    /** One of the details of a thing, whose words stay whole. */
    static List<AttributedString> detail(AttributedString name, int nameWidth, List<AttributedString> value, int columns) {
        return field(name, nameWidth, value, columns, Fold::wholeWords);
    }

    /** A field's name, and its value beside it, or below it where that would leave the value no room. */
    private static List<AttributedString> field(AttributedString name, int nameWidth, List<AttributedString> value,
            int columns, BiFunction<AttributedString, Integer, List<AttributedString>> folding) {
        List<AttributedString> lines = new ArrayList<>();
        int width = Math.max(nameWidth, name.columnLength()) + GAP;
        int room = columns == 0 ? 0 : columns - width;
        boolean below = columns > 0 && room < NARROWEST_VALUE;
        if (below) {
            lines.add(name);
            width = GAP;
            room = columns - GAP;
        }
        for (AttributedString line : value) {
            for (AttributedString part : folding.apply(line, room)) {
                AttributedStringBuilder shown = new AttributedStringBuilder();
                Fold.pad(shown, lines.isEmpty() ? name : AttributedString.EMPTY, width, false);
                shown.append(part);
                AttributedString whole = shown.toAttributedString();
                lines.add(Fold.trimmed(whole, 0, whole.length()));
            }
        }
        return lines;
    }

    private static AttributedString heading(String name) {
        return new AttributedString(Cell.words(name).toUpperCase(Locale.ROOT), Cell.HEADING);
    }

    /** Measures how wide each column is, and how wide it has to be for its words. */
    private static void measure(Table table, int[] widths, int[] words) {
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            List<AttributedString> content = new ArrayList<>();
            content.add(heading(table.columns().get(i)));
            table.rows().forEach(row -> content.addAll(Cell.lines(row.get(column))));
            for (AttributedString line : content) {
                widths[i] = Math.max(widths[i], line.columnLength());
                words[i] = Math.max(words[i], Fold.longestWord(line));
            }
        }
    }

    /** Narrows the widest columns until all fit, but none below its longest word or that bound; false if they can't. */
    private static boolean fit(int[] widths, int[] words, int bound, int columns) {
        int excess = Arrays.stream(widths).sum() + GAP * (widths.length - 1) - columns;
        for (; excess > 0; excess--) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                if (widths[i] > Math.min(words[i], bound) && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return false;
            }
            widths[widest]--;
        }
        return true;
    }
}
