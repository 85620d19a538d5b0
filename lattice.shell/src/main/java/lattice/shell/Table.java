package lattice.shell;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Rows with named columns.
 *
 * @param columns their names: headings for a person, field names in JSON
 * @param rows cells: {@code null}, String, Number, Boolean, Instant, List, Details or {@link Styled}; as many as columns
 * @param ifEmpty what a person is told if there are no rows: what is missing and what to do
 */
public record Table(List<String> columns, List<List<Object>> rows, String ifEmpty) {
    public Table {
        columns = List.copyOf(columns);
        List<List<Object>> copy = new ArrayList<>(rows.size());
        for (List<Object> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException("A row has " + row.size() + " cells for " + columns.size() + " columns.");
            }
            copy.add(Collections.unmodifiableList(new ArrayList<>(row)));
        }
        rows = Collections.unmodifiableList(copy);
    }
}
