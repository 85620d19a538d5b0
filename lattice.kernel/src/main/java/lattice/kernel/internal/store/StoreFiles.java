package lattice.kernel.internal.store;

import java.nio.file.Path;
import lattice.kernel.internal.codec.Hash;

/**
 * Where a store keeps what.
 *
 * @param directory {@code stores/{id}} in the home
 */
record StoreFiles(Path directory) {
    static StoreFiles of(Path stores, Hash store) {
        return new StoreFiles(stores.resolve(store.hex()));
    }

    /** Where a store is while it is being made: what is left of one by a crash was never used. */
    StoreFiles unfinished() {
        return new StoreFiles(directory.resolveSibling(directory.getFileName() + ".new"));
    }

    Path log() {
        return directory.resolve("log");
    }

    Path view() {
        return directory.resolve("view");
    }

    /** @param number another one for each view that is made while the store is open */
    Path viewFile(int number) {
        return view().resolve("view-" + number + ".db");
    }

    Path snapshots() {
        return directory.resolve("snapshots");
    }

    Path cleanMarker() {
        return view().resolve("CLEAN");
    }

    Snapshots snapshotsOf(EngineSettings settings) {
        return new Snapshots(settings.files(), snapshots(), settings.id());
    }

    /** The states of checkpoints. */
    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    Path losses() {
        return directory.resolve("lost");
    }

    Path verified() {
        return directory.resolve("verified");
    }

    Path epoch() {
        return directory.resolve("epoch");
    }

    Path lock() {
        return directory.resolve("lock");
    }
}
