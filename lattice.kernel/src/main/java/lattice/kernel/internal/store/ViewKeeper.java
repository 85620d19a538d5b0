package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.Projection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the view of an open store anew when it is damaged, or has grown larger than it need be. */
final class ViewKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ViewKeeper.class);
    private static final long AGAIN_MILLIS = 2000;

    private final EngineSettings settings;
    private final StoreFiles where;
    private final CommitLog log;
    private final Snapshots snapshots;
    private final Errands errands;
    private final Projection projection;
    private int views = 1;
    private volatile Rebuild rebuild;
    private volatile String failure;
    private volatile boolean closed;

    ViewKeeper(EngineSettings settings, StoreFiles where, Recovery.Recovered recovered, Errands errands) {
        this.settings = settings;
        this.where = where;
        this.log = recovered.log();
        this.snapshots = where.snapshotsOf(settings);
        this.errands = errands;
        projection = new Projection(settings.name(), recovered.view(), recovered.memory().revision(), this::onDamage);
    }

    Projection projection() {
        return projection;
    }

    /** Why the view can't be read now, if so. */
    Optional<String> problem() {
        if (!projection.isDamaged()) {
            return Optional.empty();
        }
        Rebuild running = rebuild;
        if (running != null && running.words().isPresent()) {
            return running.words();
        }
        String last = failure;
        return Optional.of(last == null
                ? "The view of store " + settings.name() + " is damaged and is made anew; this takes a moment." : last);
    }

    private void onDamage(DamagedViewException e) {
        LOG.error("The view of store {} is damaged and is made anew: {}", settings.name(), e.getMessage(), e);
        rebuildAfter(0);
    }

    private void rebuildAfter(long millis) {
        try {
            settings.resources().timer().schedule(() -> {
                if (!closed) {
                    errands.start(this::rebuildIfDamaged).whenComplete((done, problem) -> {
                        if (problem != null) {
                            failure = "The view of store " + settings.name() + " is damaged and could not be made anew yet: "
                                    + problem.getMessage();
                            LOG.warn("{}", failure);
                            rebuildAfter(AGAIN_MILLIS);
                        }
                    });
                }
            }, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The node is stopping", e);
        }
    }

    private void rebuildIfDamaged() throws IOException {
        if (projection.isDamaged()) {
            make();
        }
    }

    /** Makes a view that is as small as it can be: MapDB never gives back what emptied nodes took. Run by the writer. */
    void renew() throws IOException {
        projection.retire();
        try {
            make();
        } catch (IOException | RuntimeException e) {
            rebuildAfter(AGAIN_MILLIS);
            throw e;
        }
    }

    /** Makes a view of the newest sound snapshot and the log. Run by the writer, so that nothing changes meanwhile. */
    private void make() throws IOException {
        for (Path path : snapshots.all()) {
            try (Snapshots.Opened snapshot = snapshots.open(path).orElse(null)) {
                if (snapshot != null && snapshot.about().logId().equals(log.id())) {
                    make(snapshot.about().place(), snapshot.cells());
                    return;
                }
            } catch (DamagedViewException e) {
                LOG.warn("The view of store {} can't be made from snapshot {}: {}", settings.name(), path, e.getMessage());
            }
        }
        if (log.firstRevision() > 1) {
            throw new IOException("no snapshot of what was compacted is sound; restore the node from a backup");
        }
        make(0, null);
    }

    private void make(long place, CellFile.Reader snapshot) throws IOException {
        Path file = where.viewFile(views++);
        // The one in use, if it is from an earlier life, may have any number.
        while (settings.files().exists(file)) {
            file = where.viewFile(views++);
        }
        String old = projection.viewFile();
        Rebuild running = new Rebuild(settings.name(), settings.resources().rebuilds());
        running.plan(log.end() - Math.max(place, log.start()), snapshot == null ? 0 : snapshot.size());
        rebuild = running;
        try (StateBuilder state = new StateBuilder(settings.files(), where.view(), running)) {
            state.addAll(log, place);
            projection.replace(state.build(file, snapshot));
        } catch (IOException | RuntimeException e) {
            settings.files().delete(file);
            throw e;
        } finally {
            rebuild = null;
        }
        failure = null;
        settings.files().delete(where.view().resolve(old));
        LOG.info("The view of store {} was made anew in {} ms.", settings.name(), running.millis());
    }

    void close() {
        closed = true;
    }
}
