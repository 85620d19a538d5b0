package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.file.Path;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.EngineSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which stores were made in a home: an empty file {@code made/{id}} for each, apart from the stores. A store that was made and is
 * not there, as its disk is not mounted or its directory was lost, is not quietly made anew, empty.
 */
final class MadeStores {
    private static final Logger LOG = LoggerFactory.getLogger(MadeStores.class);

    private final FileLayer files;
    private final Path made;

    MadeStores(FileLayer files, Path home) {
        this.files = files;
        this.made = home.resolve("made");
    }

    /** Whether stores were ever made in this home. */
    boolean areAny() throws IOException {
        return files.exists(made) && !files.list(made).isEmpty();
    }

    /** Opens a store, and makes it if that was never done. */
    Engine open(EngineSettings settings) throws IOException {
        Path mark = made.resolve(settings.id().hex());
        boolean isThere = Engine.exists(settings);
        if (!isThere && files.exists(mark)) {
            throw new IOException("Store " + settings.name() + " is missing: "
                    + settings.stores().resolve(settings.id().hex()) + " is not there, and was. Put it back, or restore the node"
                    + " from a backup. If it is lost for good, remove " + mark + ": then it begins anew, empty.");
        }
        Engine engine = isThere ? Engine.open(settings) : Engine.create(settings);
        try {
            if (!files.exists(mark)) {
                files.createDirectories(made);
                files.syncDirectory(made.getParent());
                files.writeAll(mark, new byte[0]);
            }
            return engine;
        } catch (IOException | RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** A store that is no longer used: if it is needed again and not there, it may begin anew. */
    void forget(Hash store) {
        try {
            files.delete(made.resolve(store.hex()));
        } catch (IOException e) {
            LOG.warn("If store {} is removed it can't begin anew before {} is removed, too: {}", store,
                    made.resolve(store.hex()), e.getMessage());
        }
    }
}
