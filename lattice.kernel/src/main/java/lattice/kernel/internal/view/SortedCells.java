package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;

/** Cells in memory, for any number of threads; put in order when they are asked for in order. */
final class SortedCells {
    /** A cell with its key, and what that goes by first. */
    private record Ordered(long order, byte[] key, Cell cell) implements Comparable<Ordered> {
        @Override
        public int compareTo(Ordered other) {
            return KeyOrder.compare(order, key, other.order, other.key);
        }
    }

    private final Map<KeyBytes, Cell> cells;
    private Ordered[] ordered;

    /** @param cells not to be changed any more */
    SortedCells(Map<KeyBytes, Cell> cells) {
        this.cells = cells;
    }

    /** The cell of a key; null if there is none. */
    Cell get(byte[] key) {
        return cells.get(new KeyBytes(key));
    }

    /**
     * The cells in a range, encoded, in order.
     *
     * @param from the first key
     */
    Iterator<CellFile.Encoded> range(byte[] from, boolean inclusive) {
        Ordered[] all = ordered();
        return Arrays.stream(all, start(all, from, inclusive), all.length)
                .map(each -> new CellFile.Encoded(each.key, each.cell.encode(each.key))).iterator();
    }

    private static int start(Ordered[] all, byte[] from, boolean inclusive) {
        int low = 0;
        int high = all.length;
        while (low < high) {
            int middle = low + high >>> 1;
            int compared = Arrays.compareUnsigned(all[middle].key, from);
            if (compared < 0 || compared == 0 && !inclusive) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private synchronized Ordered[] ordered() {
        if (ordered == null) {
            int common = KeyOrder.commonStart(cells.keySet(), KeyBytes::bytes);
            ordered = cells.entrySet().stream().map(entry -> ordered(entry.getKey().bytes(), common, entry.getValue()))
                    .sorted().toArray(Ordered[]::new);
        }
        return ordered;
    }

    private static Ordered ordered(byte[] key, int common, Cell cell) {
        return new Ordered(KeyOrder.eightBytes(key, common), key, cell);
    }
}
