package lattice.kernel.internal.store;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import lattice.api.store.CompactedException;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.StoreException;
import lattice.api.store.Watch;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.internal.log.CommitLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells watchers what has changed. It keeps the last commits in a ring, as many as fit in its bounds; a dispatcher thread
 * wakes the watchers whose prefix a commit touches, and each reads the ring at its own pace, on a thread of the pool. One
 * that starts further back reads the log until it has come up to the ring; one that had come up and falls out of the ring
 * is too slow. Where there is little to do the writer does the dispatcher's work, and where a listener does not wait, who
 * dispatches does the pool's: to wake another thread takes longer. While no watch is on its way the ring is empty: the next one that is woken begins with the commit it is woken for.
 */
final class WatchHub {
    private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

    static final int MAX_WATCHES = 10_000;

    private static final int RING_COMMITS = 8 * 1024;
    /** Up to so many prefixes each is held against what changed; more of them are looked up among all that hold it. */
    private static final int FEW_PREFIXES = 8;
    /** Up to so many are woken by the writer. */
    private static final int FEW_WATCHES = 4;
    private static final long RING_BYTES = 24L * 1024 * 1024;

    private final String name;
    private final CommitLog log;
    private final Executor pool;
    private final Thread dispatcher;

    private final ConcurrentLinkedQueue<Published> arriving = new ConcurrentLinkedQueue<>();
    /** Who holds it dispatches. */
    private final ReentrantLock dispatching = new ReentrantLock();
    private final Map<Prefix, Set<StoreWatch>> watchesByPrefix = new ConcurrentHashMap<>();
    private final Object ringLock = new Object();
    private final Published[] ring = new Published[RING_COMMITS];
    private long ringBytes;
    /** The ring holds the commits after this revision. */
    private long ringStart;
    private volatile int watches;
    /** How many watches are on their way, and may need what the ring holds. */
    private final AtomicInteger awake = new AtomicInteger();
    private volatile long dispatched;
    private volatile long woken;
    private volatile boolean waiting;
    private volatile boolean closed;

    WatchHub(String name, CommitLog log, long revision, Executor pool) {
        this.name = name;
        this.log = log;
        this.pool = pool;
        ringStart = revision;
        dispatched = revision;
        woken = revision;
        dispatcher = new Thread(this::dispatch, "lattice-" + name + "-dispatcher");
        dispatcher.setDaemon(true);
        dispatcher.start();
    }

    CommitLog log() {
        return log;
    }

    Executor pool() {
        return pool;
    }

    /** The last commit that there is to read, though not all watchers may know. */
    long dispatched() {
        return dispatched;
    }

    /** The last commit that all whom it concerns have been woken for. */
    long woken() {
        return woken;
    }

    /**
     * Takes in a commit that took effect. Called by the writer, in order.
     *
     * @param alone whether no other became durable together with it
     */
    void published(Published published, boolean alone) {
        arriving.add(published);
        if (alone && watches <= FEW_WATCHES && dispatching.tryLock()) {
            try {
                dispatchWhatArrived();
            } finally {
                dispatching.unlock();
            }
        } else if (waiting) {
            LockSupport.unpark(dispatcher);
        }
    }

    private void dispatch() {
        while (!closed) {
            dispatching.lock();
            try {
                dispatchWhatArrived();
            } finally {
                dispatching.unlock();
            }
            waiting = true;
            if (arriving.isEmpty() && !closed) {
                LockSupport.park(this);
            }
            waiting = false;
        }
    }

    private void dispatchWhatArrived() {
        for (Published next = arriving.poll(); next != null && !closed; next = arriving.poll()) {
            synchronized (ringLock) {
                long weight = next.weight();
                while (ringStart < next.revision() - 1
                        && (next.revision() - ringStart > RING_COMMITS || ringBytes + weight > RING_BYTES)) {
                    ringStart++;
                    ringBytes -= ring[slot(ringStart)].weight();
                    ring[slot(ringStart)] = null;
                }
                ring[slot(next.revision())] = next;
                ringBytes += weight;
            }
            dispatched = next.revision();
            try {
                wakeWhoWatch(next);
            } catch (RuntimeException | Error e) {
                // All other watches hang on this thread.
                LOG.error("Watches could not be told of revision {}", next.revision(), e);
            }
            woken = next.revision();
            if (awake.get() == 0) {
                empty(next.revision());
            }
        }
    }

    private void wakeWhoWatch(Published next) {
        if (watchesByPrefix.isEmpty()) {
            return;
        }
        Set<String> prefixes = watchesByPrefix.size() > FEW_PREFIXES ? next.prefixes() : null;
        watchesByPrefix.forEach((prefix, watches) -> {
            if (prefixes == null ? next.touches(prefix) : prefixes.contains(prefix.path())) {
                watches.forEach(watch -> watch.wake(next.revision()));
            }
        });
    }

    /** Lets go of what nobody will ask for: what lives for long is what collections of garbage take their time for. */
    private void empty(long upTo) {
        synchronized (ringLock) {
            for (; ringStart < upTo; ringStart++) {
                ring[slot(ringStart + 1)] = null;
            }
            ringBytes = 0;
        }
    }

    /** A watch will ask for what comes after a revision that is dispatched last or later, or for anything, if it is new. */
    void wakes() {
        awake.incrementAndGet();
    }

    /** A watch has all that there is. */
    void sleeps() {
        awake.decrementAndGet();
    }

    /** The commit after a revision; null if the ring doesn't go back so far. Not to be asked beyond what is dispatched. */
    Published after(long revision) {
        synchronized (ringLock) {
            return revision < ringStart ? null : ring[slot(revision + 1)];
        }
    }

    /** Revisions have no gaps, so the place in the ring follows from the number. */
    private static int slot(long revision) {
        return (int) (revision % RING_COMMITS);
    }

    /**
     * Starts a watch.
     *
     * @param published what readers see now
     * @param position makes a position of a revision
     */
    Watch watch(Prefix prefix, WatchStart start, WatchListener listener, long published,
            Function<Long, LogPosition> position) {
        long from;
        if (start instanceof WatchStart.After after) {
            from = after.position().revision();
            if (!after.position().logId().equals(log.id())) {
                throw new StoreException(StoreException.Code.LOG_CHANGED, "Position " + from + " is of log "
                        + after.position().logId() + ", but store " + name + " now has log " + log.id()
                        + ": scan, and watch from now.");
            }
            if (from > published) {
                throw new StoreException(StoreException.Code.LOG_CHANGED, "Store " + name + " has come to revision "
                        + published + ", not yet to " + from + ": scan, and watch from now.");
            }
            if (from + 1 < log.firstRevision()) {
                throw new CompactedException(from, log.firstRevision() - 1);
            }
        } else {
            from = published;
        }
        StoreWatch watch = new StoreWatch(this, prefix, from, published, listener, position);
        synchronized (this) {
            if (closed) {
                throw new StoreException(StoreException.Code.CLOSED, "Store " + name + " is closed.");
            }
            if (watches >= MAX_WATCHES) {
                throw new StoreException(StoreException.Code.BUSY, "Store " + name + " has " + MAX_WATCHES
                        + " watches, and takes no more: end some.");
            }
            watches++;
            watchesByPrefix.computeIfAbsent(prefix, path -> ConcurrentHashMap.newKeySet()).add(watch);
        }
        watch.start();
        return watch;
    }

    synchronized void remove(StoreWatch watch) {
        watchesByPrefix.computeIfPresent(watch.prefix(), (prefix, same) -> {
            if (same.remove(watch)) {
                watches--;
            }
            return same.isEmpty() ? null : same;
        });
    }

    /** Ends all watches; what they were not given yet they get when they resume. */
    void close() {
        List<StoreWatch> open;
        synchronized (this) {
            closed = true;
            open = watchesByPrefix.values().stream().flatMap(Set::stream).toList();
        }
        LockSupport.unpark(dispatcher);
        StoreException cause = new StoreException(StoreException.Code.CLOSED, "Store " + name + " is closed.");
        open.forEach(watch -> watch.fail(cause));
    }
}
