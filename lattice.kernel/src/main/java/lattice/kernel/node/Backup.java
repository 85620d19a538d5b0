package lattice.kernel.node;

import java.nio.file.Path;
import java.util.List;

/**
 * What a backup holds.
 *
 * @param file where it is
 * @param bytes how large it is
 * @param stores the stores in it
 * @param missing the stores that are not in it, as they can't be opened, and why; a sentence each
 */
public record Backup(Path file, long bytes, List<BackedUpStore> stores, List<String> missing) {
    public Backup {
        stores = List.copyOf(stores);
        missing = List.copyOf(missing);
    }

    /**
     * A store in a backup.
     *
     * @param name its name
     * @param digest of its state there, by which a restore is checked
     */
    public record BackedUpStore(String name, StateDigest digest) {
    }
}
