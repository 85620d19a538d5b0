package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.DamagedLogException;
import lattice.kernel.internal.thread.Joins;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;
import lattice.kernel.internal.view.Projection;
import lattice.kernel.internal.view.View;
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
    /** Until it has come to its end: it holds all that the log has beyond the snapshot. */
    private volatile Optional<Making> making = Optional.empty();
    private volatile Rebuild rebuild;
    private volatile String failure;
    private volatile boolean closed;

    ViewKeeper(EngineSettings settings, StoreFiles where, Recovery.Recovered recovered, Errands errands) {
        this.settings = settings;
        this.where = where;
        this.log = recovered.log();
        this.snapshots = where.snapshotsOf(settings);
        this.errands = errands;
        projection = new Projection(settings.name(), recovered.state().cells(), recovered.memory().revision(), this::onDamage);
        if (recovered.state() instanceof Recovery.State.Unmade unmade) {
            making = Optional.of(new Making(unmade));
        }
    }

    /** Starts what it does beside the writer. */
    void start() {
        making.ifPresent(Making::start);
    }

    /** Makes the view of a store that is read and written meanwhile, on a thread of its own. */
    private final class Making {
        private final Recovery.State.Unmade of;
        private final Thread thread;
        private final CountDownLatch ended = new CountDownLatch(1);

        Making(Recovery.State.Unmade of) {
            this.of = of;
            thread = new Thread(this::run, "lattice-" + settings.name() + "-view");
            thread.setDaemon(true);
        }

        void start() {
            thread.start();
        }

        private void run() {
            Path file = where.viewFile(0);
            try {
                if (!make(file)) {
                    settings.files().delete(file);
                    // Who waits for a view waits in vain.
                    projection.retire();
                }
                of.builder().close();
            } catch (IOException e) {
                LOG.warn("What is left of making the view of store {} is removed at the next start only: {}", settings.name(),
                        e.getMessage());
            } finally {
                making = Optional.empty();
            }
        }

        /** Makes it as soon as the disk has room: meanwhile there is what it is made of. @return whether the view is in use */
        private boolean make(Path file) throws IOException {
            while (true) {
                try {
                    boolean used = makeOnce(file);
                    failure = null;
                    return used;
                } catch (IOException e) {
                    failure = "The view of store " + settings.name() + " can't be made yet, so few more writes are taken: "
                            + e.getMessage();
                    LOG.warn("{}", failure);
                    settings.files().delete(file);
                    if (endsWithin(AGAIN_MILLIS)) {
                        return false;
                    }
                }
            }
        }

        private boolean endsWithin(long millis) {
            try {
                return ended.await(millis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt this thread.
                return true;
            }
        }

        private boolean makeOnce(Path file) throws IOException {
            try {
                View made = of.builder().build(file, of.cells());
                if (!projection.settle(made)) {
                    made.abandon();
                    return false;
                }
                LOG.info("The view of store {} was made anew in {} ms.", settings.name(), of.progress().millis());
                return true;
            } catch (RuntimeException | Error e) {
                projection.reportDamage(of.cells(), e instanceof DamagedViewException damage ? damage
                        : new DamagedViewException("The view of store " + settings.name() + " could not be made: " + e, e));
                return false;
            }
        }

        /** Returns when it does nothing any more. */
        void end() {
            ended.countDown();
            of.progress().giveUp();
            Joins.join(thread);
        }
    }

    Projection projection() {
        return projection;
    }

    /** Why the view can't be read now, if so. */
    Optional<String> problem() {
        if (!projection.isDamaged()) {
            return Optional.ofNullable(failure).or(projection::problem);
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
        if (projection.isDamaged()) {
            return;
        }
        projection.retire();
        try {
            make();
        } catch (IOException | RuntimeException e) {
            // Nothing is wrong with the one there is.
            projection.reinstate();
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
        making.ifPresent(Making::end);
        Optional<String> old = projection.viewFile();
        Rebuild running = new Rebuild(settings.name(), settings.resources().rebuilds());
        running.plan(log.end() - Math.max(place, log.start()), snapshot == null ? 0 : snapshot.size());
        rebuild = running;
        try (StateBuilder state = new StateBuilder(settings.files(), where.view(), running)) {
            state.addAll(log, place);
            projection.replace(state.build(file, snapshot));
        } catch (DamagedLogException e) {
            settings.files().delete(file);
            throw new IOException(e.getMessage() + " No snapshot holds what stood there. Restart the node: it then serves what is"
                    + " sound, and says what is lost.", e);
        } catch (IOException | RuntimeException e) {
            settings.files().delete(file);
            throw e;
        } finally {
            rebuild = null;
        }
        failure = null;
        if (old.isPresent()) {
            settings.files().delete(where.view().resolve(old.get()));
        }
        LOG.info("The view of store {} was made anew in {} ms.", settings.name(), running.millis());
    }

    /** Begins nothing any more, and waits for no room on the disk. */
    void close() {
        closed = true;
        making.ifPresent(waiting -> waiting.ended.countDown());
    }

    /** Moves all that waits into the view and saves it, if that is done in time. @return whether it is whole on disk */
    boolean save(long timeout, TimeUnit unit) {
        boolean saved = projection.close(timeout, unit);
        making.ifPresent(Making::end);
        return saved;
    }
}
