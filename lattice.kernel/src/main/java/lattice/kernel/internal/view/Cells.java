package lattice.kernel.internal.view;

import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * The cells of a state in the order of their keys, deletions included, that any number of threads read. Whatever is wrong with
 * the files that they stand in is a {@link DamagedViewException}.
 */
public sealed interface Cells permits View, MergedCells {
    /** What is in force at a key, if anything is. */
    Optional<Cell> get(byte[] key);

    /** Gets of one thread, of keys of which many are near one another, in a short time. */
    interface Gets {
        /** What was in force at a key at some time since this was made, if anything was. */
        Optional<Cell> get(byte[] key);
    }

    Gets gets();

    /**
     * The encoded cells in a range, in the order of keys; weakly consistent.
     *
     * @param from the first key
     * @param to the key behind the last; null for no end
     */
    Iterator<Map.Entry<byte[], byte[]>> range(byte[] from, boolean inclusive, byte[] to);

    /** Reads an encoded cell that {@link #range} gave. */
    Cell decode(byte[] key, byte[] bytes);

    /** Size of the files. */
    long bytes();

    /** Lets go of the files, which are no longer needed. */
    void abandon();
}
