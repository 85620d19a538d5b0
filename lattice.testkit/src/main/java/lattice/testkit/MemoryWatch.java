package lattice.testkit;

import java.util.List;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;

/** Follows the log of an {@link InMemoryStore} on a thread of its own: a cursor, so that no queue can grow. */
final class MemoryWatch implements Watch {
    private final InMemoryStore store;
    private final Prefix prefix;
    private final long present;
    private final int maxLag;
    private final WatchListener listener;
    private final Thread thread;
    private volatile long revision;
    private volatile boolean closing;

    /** @param present the revision at which the watch has caught up with what was there when it started */
    MemoryWatch(InMemoryStore store, Prefix prefix, long from, long present, int maxLag, WatchListener listener) {
        this.store = store;
        this.prefix = prefix;
        this.revision = from;
        this.present = present;
        this.maxLag = maxLag;
        this.listener = listener;
        this.thread = new Thread(this::run, "watch " + prefix);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    public LogPosition position() {
        return store.positionAt(revision);
    }

    @Override
    public void close() {
        closing = true;
        store.wakeWatches();
        join();
    }

    /** Waits until the listener's last call has returned, unless it is that call which asks. */
    void join() {
        boolean interrupted = false;
        while (thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        WatchEnd end = follow();
        store.forget(this);
        listener.ended(end);
    }

    private WatchEnd follow() {
        try {
            boolean caughtUp = false;
            while (!closing) {
                if (!caughtUp && revision >= present) {
                    caughtUp = true;
                    listener.caughtUp(position());
                    continue;
                }
                List<Change> changes = store.awaitChanges(revision, () -> closing);
                if (closing) {
                    break;
                }
                if (store.position().revision() - revision > maxLag + Math.max(0, present - revision)) {
                    return new WatchEnd.TooSlow(position());
                }
                List<Change> visible = changes.stream().filter(change -> prefix.contains(change.key())).toList();
                if (!visible.isEmpty()) {
                    listener.changed(new Changes(store.positionAt(revision + 1), visible));
                }
                revision++;
            }
            return new WatchEnd.Closed();
        } catch (StoreException e) {
            return new WatchEnd.Failed(e);
        } catch (InterruptedException | RuntimeException e) {
            return new WatchEnd.Failed(new StoreException(StoreException.Code.CLOSED,
                    "The watch of " + prefix + " ended because its listener failed: " + e, e));
        }
    }
}
