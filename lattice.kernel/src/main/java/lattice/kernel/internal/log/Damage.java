package lattice.kernel.internal.log;

import java.nio.file.Path;

/**
 * A place on disk that does not hold what was written there.
 *
 * @param file which file
 * @param offset where in it the damage starts
 * @param bytes how long it is, 0 if the file itself is missing
 * @param what what is wrong, as a sentence
 */
public record Damage(Path file, long offset, long bytes, String what) {
    @Override
    public String toString() {
        return file + " at byte " + offset + " (" + bytes + " bytes): " + what;
    }
}
