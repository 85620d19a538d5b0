package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.CompactedException;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.log.DamagedLogException;
import lattice.kernel.internal.log.LogReader;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.watch.NonBlockingListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A watch. At any time at most one thread runs it: one of the pool, or if its listener does not wait, who dispatches. */
final class StoreWatch implements Watch {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    /** After so many commits it lets other watches have its thread. */
    private static final int TURN = 256;
    private static final long DISPATCH_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private final WatchHub hub;
    private final Prefix prefix;
    private final WatchListener listener;
    private final Function<Long, LogPosition> positionOf;
    private final long target;

    private boolean running;
    /** Whether the hub keeps commits for it. */
    private boolean awake;
    private WatchEnd end;
    private boolean endTold;
    private Thread runner;
    /** Everything up to here was delivered or passed over. */
    private long cursor;

    /** Used only by the thread that runs it. */
    private boolean caughtUp;
    /** Whether it has come up to the ring; from then on it must not fall out of it. */
    private boolean live;
    private LogReader reader;

    StoreWatch(WatchHub hub, Prefix prefix, long from, long target, WatchListener listener,
            Function<Long, LogPosition> positionOf) {
        this.hub = hub;
        this.prefix = prefix;
        this.listener = listener;
        this.positionOf = positionOf;
        cursor = from;
        this.target = target;
        running = true;
    }

    Prefix prefix() {
        return prefix;
    }

    void start() {
        synchronized (this) {
            wakes();
        }
        execute();
    }

    private void execute() {
        try {
            hub.pool().execute(this::run);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Nobody runs it, so nobody else tells of the end. It is an error where the system has no thread left.
            end(new WatchEnd.Failed(new StoreException(StoreException.Code.BUSY,
                    "No thread was free to run a watch on: end some watches.", e)));
            tellEnd();
        }
    }

    /** There is something to deliver at a revision. Called by the dispatcher. */
    void wake(long revision) {
        boolean here;
        synchronized (this) {
            if (running || end != null || cursor >= revision) {
                return;
            }
            // Nothing before it was of interest, or it would have been woken for that.
            cursor = revision - 1;
            running = true;
            wakes();
            here = live && listener instanceof NonBlockingListener;
        }
        if (here) {
            run();
        } else {
            execute();
        }
    }

    private void wakes() {
        awake = true;
        hub.wakes();
    }

    private void sleeps() {
        if (awake) {
            awake = false;
            hub.sleeps();
        }
    }

    private void run() {
        synchronized (this) {
            runner = Thread.currentThread();
        }
        try {
            for (int delivered = 0; delivered < TURN; delivered++) {
                if (!step()) {
                    return;
                }
            }
        } catch (StoreException e) {
            end(new WatchEnd.Failed(e));
        } catch (RuntimeException | Error e) {
            LOG.warn("A listener that watches {} failed; its watch ends", prefix, e);
            end(new WatchEnd.Failed(new StoreException(StoreException.Code.CLOSED,
                    "The listener of the watch failed: " + e, e)));
        } finally {
            synchronized (this) {
                if (runner == Thread.currentThread()) {
                    runner = null;
                }
            }
        }
        if (!tellEnd()) {
            execute();
        }
    }

    /** Goes on by one commit. @return false if there is none yet, and this has gone to sleep, or was told that it ended */
    private boolean step() {
        long at;
        synchronized (this) {
            at = cursor;
            if (end != null) {
                tellEnd();
                return false;
            }
        }
        if (!caughtUp && at >= target) {
            caughtUp = true;
            listener.caughtUp(positionOf.apply(at));
            return true;
        }
        synchronized (this) {
            if (end == null && cursor >= hub.dispatched()) {
                if (!caughtUp) {
                    // What it waits for is published and about to be dispatched.
                    LockSupport.parkNanos(DISPATCH_NANOS);
                    return true;
                }
                live = true;
                running = false;
                runner = null;
                sleeps();
                return false;
            }
        }
        Published next = hub.after(at);
        if (next != null) {
            live = true;
            closeReader();
            deliver(next);
        } else if (live) {
            end(new WatchEnd.TooSlow(positionOf.apply(at)));
            tellEnd();
            return false;
        } else {
            readLog(at);
        }
        return true;
    }

    private void deliver(Published published) {
        List<Change> changes = published.changesBelow(prefix);
        if (!changes.isEmpty()) {
            synchronized (this) {
                if (end != null) {
                    return;
                }
            }
            listener.changed(new Changes(positionOf.apply(published.revision()), changes));
        }
        synchronized (this) {
            cursor = published.revision();
        }
    }

    private void readLog(long at) {
        if (at + 1 < hub.log().firstRevision()) {
            throw new CompactedException(at, hub.log().firstRevision() - 1);
        }
        try {
            if (reader == null) {
                reader = hub.log().readFrom(at + 1);
            }
            Optional<LogRecord> record = reader.next();
            if (record.isEmpty()) {
                throw new CompactedException(at, hub.dispatched());
            }
            if (record.get() instanceof LogRecord.OfCommit commit && commit.revision() > at) {
                if (commit.revision() != at + 1) {
                    // What was damaged and given up is as gone as what was compacted away.
                    throw new CompactedException(at, commit.revision() - 1);
                }
                deliver(new Published(commit.revision(), CommitCodec.decode(commit.commit()), commit.links()));
            } else if (record.get() instanceof LogRecord.OfJudgement judgement && judgement.revision() > at) {
                deliver(new Published(judgement.revision(), judgement.changes()));
            }
        } catch (DamagedLogException e) {
            throw new StoreException(StoreException.Code.CORRUPT,
                    "The log is damaged where this watch has come to: scan, and watch from now.", e);
        } catch (IOException | FormatException e) {
            if (at + 1 < hub.log().firstRevision()) {
                throw new CompactedException(at, hub.log().firstRevision() - 1);
            }
            throw new StoreException(StoreException.Code.CORRUPT, "The log can't be read: " + e.getMessage(), e);
        }
    }

    private void closeReader() {
        if (reader != null) {
            try {
                reader.close();
            } catch (IOException e) {
                LOG.debug("Closing a reader of the log failed", e);
            }
            reader = null;
        }
    }

    @Override
    public LogPosition position() {
        // Read first: whatever of interest there is up to it is now either delivered or makes this run.
        long passed = hub.woken();
        synchronized (this) {
            return positionOf.apply(running || end != null ? cursor : Math.max(cursor, passed));
        }
    }

    void fail(StoreException cause) {
        finish(new WatchEnd.Failed(cause));
    }

    @Override
    public void close() {
        finish(new WatchEnd.Closed());
        boolean interrupted = false;
        synchronized (this) {
            // No call may start after this returns; one that is at work, if it is not this very call, is waited for.
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            while (runner != null && runner != Thread.currentThread() && !endTold && System.nanoTime() < deadline) {
                try {
                    wait(100);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void finish(WatchEnd how) {
        synchronized (this) {
            end(how);
            if (running) {
                return;
            }
            running = true;
        }
        tellEnd();
    }

    private synchronized void end(WatchEnd how) {
        if (end == null) {
            end = how;
        }
    }

    /** Tells the listener that it ended, if it has and was not told. @return whether it has ended */
    private boolean tellEnd() {
        synchronized (this) {
            if (end == null) {
                return false;
            }
            if (endTold) {
                return true;
            }
            endTold = true;
            sleeps();
            notifyAll();
        }
        hub.remove(this);
        closeReader();
        try {
            listener.ended(end);
        } catch (RuntimeException | Error e) {
            LOG.warn("A listener that watched {} failed when told of the end", prefix, e);
        }
        return true;
    }
}
