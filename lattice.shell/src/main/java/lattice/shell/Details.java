package lattice.shell;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing's fields, in order.
 *
 * @param fields names to cells as in {@link Table}; a List is shown a line each, a List of Details as a
 *     table
 */
public record Details(Map<String, Object> fields) {
    public Details {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Names and cells in turn. */
    public static Details of(Object... namesAndCells) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndCells.length; i += 2) {
            fields.put((String) namesAndCells[i], namesAndCells[i + 1]);
        }
        return new Details(fields);
    }
}
