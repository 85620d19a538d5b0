package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;

/** Cells in memory, for any number of threads; put in order when they are asked for in order. */
final class SortedCells {
    private final Map<KeyBytes, Cell> cells;
    private byte[][] keys;

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
        byte[][] sorted = keys();
        int found = Arrays.binarySearch(sorted, from, Arrays::compareUnsigned);
        int start = found < 0 ? -found - 1 : inclusive ? found : found + 1;
        return IntStream.range(start, sorted.length).mapToObj(index -> sorted[index])
                .map(key -> new CellFile.Encoded(key, get(key).encode(key))).iterator();
    }

    private synchronized byte[][] keys() {
        if (keys == null) {
            keys = cells.keySet().stream().map(KeyBytes::bytes).toArray(byte[][]::new);
            Arrays.sort(keys, Arrays::compareUnsigned);
        }
        return keys;
    }
}
