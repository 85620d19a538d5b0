package lattice.registry.internal.declaration;

import java.util.Optional;
import lattice.api.store.Changes;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.registry.internal.Mesh;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says when a mesh's declarations change. A change that it misses is found by the slow tick. */
public final class DeclarationsWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeclarationsWatch.class);

    private final Mesh mesh;
    private final Runnable changed;
    private Optional<Watch> watch = Optional.empty();
    private boolean closed;

    public DeclarationsWatch(Mesh mesh, Runnable changed) {
        this.mesh = mesh;
        this.changed = changed;
    }

    /** Watches, unless it does already. */
    public synchronized void ensure() {
        Optional<Store> root = mesh.rootStore();
        if (closed || watch.isPresent() || root.isEmpty()) {
            return;
        }
        try {
            watch = Optional.of(root.get().watch(Declarations.SERVICES, new WatchStart.Now(), new Listener()));
            changed.run();
        } catch (StoreException e) {
            LOG.debug("The declarations of mesh {} can't be watched now.", mesh.id().shortId(), e);
        }
    }

    @Override
    public void close() {
        Optional<Watch> open;
        synchronized (this) {
            closed = true;
            open = watch;
            watch = Optional.empty();
        }
        open.ifPresent(Watch::close);
    }

    private synchronized void lost() {
        watch = Optional.empty();
    }

    private final class Listener implements WatchListener {
        @Override
        public void changed(Changes changes) {
            changed.run();
        }

        @Override
        public void ended(WatchEnd end) {
            lost();
            changed.run();
        }
    }
}
