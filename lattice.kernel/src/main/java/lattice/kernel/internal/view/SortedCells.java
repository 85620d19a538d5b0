package lattice.kernel.internal.view;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;

/** Cells in memory, in the order of their keys. */
final class SortedCells {
    private final Map<KeyBytes, Cell> cells;
    private final byte[][] keys;

    /** @param cells not to be changed any more */
    SortedCells(Map<KeyBytes, Cell> cells) {
        this.cells = cells;
        keys = cells.keySet().stream().map(KeyBytes::bytes).toArray(byte[][]::new);
        Arrays.sort(keys, Arrays::compareUnsigned);
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
        int found = Arrays.binarySearch(keys, from, Arrays::compareUnsigned);
        int start = found < 0 ? -found - 1 : inclusive ? found : found + 1;
        return IntStream.range(start, keys.length).mapToObj(index -> keys[index])
                .map(key -> new CellFile.Encoded(key, get(key).encode(key))).iterator();
    }
}
