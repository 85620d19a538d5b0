package lattice.kernel.node;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What reading a whole store has found.
 *
 * @param store its name
 * @param at when it was finished
 * @param records how many records of the log were sound
 * @param values how many values of the view and the snapshots were sound
 * @param bytes how much was read
 * @param damages what was not; empty if all is well
 */
public record Verification(String store, Instant at, long records, long values, long bytes, List<DamagedPlace> damages) {
    public Verification {
        damages = List.copyOf(damages);
    }

    /**
     * A place on disk that does not hold what was written there.
     *
     * @param file which file
     * @param offset where in it the damage starts
     * @param bytes how long it is, as far as is known
     * @param what what is wrong, as a sentence
     * @param repaired whether the store is sound again: what the place has done to its state was saved
     */
    public record DamagedPlace(Path file, long offset, long bytes, String what, boolean repaired) {
    }
}
