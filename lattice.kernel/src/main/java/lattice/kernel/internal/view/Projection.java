package lattice.kernel.internal.view;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that a log adds up to: the {@link View} on disk and, over it, what has been published but not moved there yet.
 * One thread publishes; one thread of its own, the applier, moves cells into the view; any number read.
 *
 * <p>What a reader sees of a commit is all of it or nothing, because a cell counts only once the commit's revision is
 * published. A cell stays in the overlay for a while after it was moved, so that who has looked into the view at a known
 * revision can tell that what it saw there still holds ({@link #current(byte[], Hint)}). The overlay is bounded; while it is
 * full, {@link #awaitRoom} holds the publisher back.
 */
public final class Projection {
    private static final Logger LOG = LoggerFactory.getLogger(Projection.class);

    private static final int APPLY_AT_ONCE = 4096;
    private static final int KEPT_CELLS = 16 * 1024;
    private static final long KEPT_BYTES = 8L * 1024 * 1024;
    private static final int MAX_WAITING_CELLS = 128 * 1024;
    private static final long MAX_WAITING_BYTES = 48L * 1024 * 1024;
    private static final long CHUNK_BYTES = 4L * 1024 * 1024;
    private static final int EVICT_AT_ONCE = 512;
    private static final int APPLY_SOON = 1024;
    private static final long PATIENCE_MILLIS = 20;

    private final Overlay overlay = new Overlay();
    private final Consumer<DamagedViewException> onDamage;
    private final String name;
    private volatile Thread applier;

    /** Scans hold it for reading while they merge a chunk; nothing leaves the overlay meanwhile, or they might miss it. */
    private final ReentrantReadWriteLock eviction = new ReentrantReadWriteLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Commits to move into the view; each whole, so that {@code applied} never counts a commit that is only partly there. */
    private final ConcurrentLinkedQueue<Commit> waiting = new ConcurrentLinkedQueue<>();
    private int waitingCells;
    private long waitingBytes;
    private boolean pausing;
    private boolean paused;
    private boolean stopping;
    private volatile boolean damaged;
    private boolean idle;

    private final ArrayDeque<Slot> kept = new ArrayDeque<>();
    private long keptBytes;

    private volatile View view;
    private volatile long published;
    private volatile long applied;
    private volatile long evicted;

    /**
     * A part of a range.
     *
     * @param more whether the range may go on behind it
     */
    public record Chunk(List<Update> cells, boolean more) {
    }

    private record Commit(long revision, Slot[] slots) {
    }

    /**
     * What the view held at a key, looked up ahead by the thread that wants to write there.
     *
     * @param cell what it held, null if nothing
     * @param applied how far the view had come before
     */
    public record Hint(Cell cell, long applied) {
    }

    /**
     * What a commit makes of a key.
     *
     * @param key the key
     * @param cell what is in force there now
     */
    public record Update(byte[] key, Cell cell) {
    }

    /**
     * @param view what the log up to {@code revision} adds up to
     * @param onDamage told, once and on the thread that found it, that the view is no good any more
     */
    public Projection(String name, View view, long revision, Consumer<DamagedViewException> onDamage) {
        this.view = view;
        this.onDamage = onDamage;
        published = revision;
        applied = revision;
        evicted = revision;
        this.name = name;
        startApplier();
    }

    private void startApplier() {
        applier = new Thread(this::apply, "lattice-" + name + "-applier");
        applier.setDaemon(true);
        applier.start();
    }

    /** The last revision that readers see. */
    public long published() {
        return published;
    }

    /** How far the view on disk has come. */
    public long applied() {
        return applied;
    }

    /** Whether the view has turned out to be no good. */
    public boolean isDamaged() {
        return damaged;
    }

    public long viewBytes() {
        return view.bytes();
    }

    /** What is in force at a key, a deletion included. */
    public Optional<Cell> get(byte[] key) {
        while (true) {
            long seen = published;
            Slot slot = overlay.get(key);
            if (slot == null) {
                return fromView(key);
            }
            if (slot.revision <= seen) {
                return Optional.of(slot.cell);
            }
            if (slot.first) {
                return fromView(key);
            }
            Slot before = slot.previous;
            if (before != null && before.revision <= seen) {
                return Optional.of(before.cell);
            }
            Thread.onSpinWait();
        }
    }

    private Optional<Cell> fromView(byte[] key) {
        View used = view;
        try {
            return used.get(key);
        } catch (DamagedViewException e) {
            reportDamage(used, e);
            throw e;
        }
    }

    /** Looks a key up in the view for {@link #current(byte[], Hint)}; null if that wouldn't help. */
    public Hint hint(byte[] key) {
        if (overlay.get(key) != null) {
            return null;
        }
        long before = applied;
        return new Hint(fromView(key).orElse(null), before);
    }

    /**
     * What is in force at a key, for the publisher: what it has published last, at once.
     *
     * @param hint what was looked up before, null if nothing was
     * @return null if nothing is
     */
    public Cell current(byte[] key, Hint hint) {
        Slot slot = overlay.get(key);
        if (slot != null) {
            return slot.cell;
        }
        // A cell that came after the hint would still be in the overlay unless it was evicted, and no evicted one is newer.
        if (hint != null && evicted <= hint.applied) {
            return hint.cell;
        }
        return fromView(key).orElse(null);
    }

    /** Makes a commit visible. Called by one thread, in the order of revisions. */
    public void publish(List<Update> updates, long revision) {
        Slot[] slots = new Slot[updates.size()];
        int count = 0;
        long bytes = 0;
        for (Update update : updates) {
            Slot before = overlay.get(update.key);
            boolean first = before == null;
            if (before != null && before.revision == revision) {
                first = before.first;
                before = before.previous;
            }
            Slot slot = new Slot(update.key, update.cell, revision, before, first);
            overlay.put(slot);
            if (before != null) {
                before.previous = null;
            }
            slots[count++] = slot;
            bytes += slot.weight();
        }
        published = revision;
        lock.lock();
        try {
            waiting.add(new Commit(revision, slots));
            waitingCells += slots.length;
            waitingBytes += bytes;
            if (idle || waitingCells > APPLY_SOON) {
                idle = false;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the overlay has room, at most so long. @return whether it has */
    public boolean awaitRoom(long timeout, TimeUnit unit) {
        long nanos = unit.toNanos(timeout);
        lock.lock();
        try {
            while (waitingCells > MAX_WAITING_CELLS || waitingBytes > MAX_WAITING_BYTES) {
                if (nanos <= 0 || damaged) {
                    return false;
                }
                nanos = changed.awaitNanos(nanos);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next cells of a range, deletions included, as one commit after another has left them.
     *
     * @param from where to start
     * @param to the key behind the last; null for no end
     * @param limit the most cells to return; there are fewer if they are large
     */
    public Chunk range(byte[] from, boolean inclusive, byte[] to, int limit) {
        List<Update> found = new ArrayList<>(Math.min(limit, 64));
        eviction.readLock().lock();
        View used = view;
        try {
            long seen = published;
            Iterator<Map.Entry<byte[], byte[]>> below = used.range(from, inclusive, to);
            Iterator<Slot> above = overlay.range(from, inclusive, to);
            Map.Entry<byte[], byte[]> low = next(below);
            Slot high = next(above);
            long bytes = 0;
            while (found.size() < limit && bytes < CHUNK_BYTES && (low != null || high != null)) {
                int order = low == null ? 1 : high == null ? -1 : Arrays.compareUnsigned(low.getKey(), high.key);
                Cell cell = null;
                byte[] key = order < 0 ? low.getKey() : high.key;
                if (order >= 0) {
                    Slot visible = high;
                    while (visible != null && visible.revision > seen) {
                        visible = visible.previous;
                    }
                    if (visible != null) {
                        cell = visible.cell;
                    } else {
                        cell = get(key).orElse(null);
                    }
                    high = next(above);
                } else {
                    // The view may have overtaken what was published when the chunk began; by now that is visible.
                    cell = used.decode(key, low.getValue());
                }
                if (order <= 0) {
                    low = next(below);
                }
                if (cell != null) {
                    found.add(new Update(key, cell));
                    bytes += cell.weight();
                }
            }
            return new Chunk(found, low != null || high != null);
        } catch (DamagedViewException e) {
            reportDamage(used, e);
            throw e;
        } finally {
            eviction.readLock().unlock();
        }
    }

    private static <T> T next(Iterator<T> iterator) {
        return iterator.hasNext() ? iterator.next() : null;
    }

    private void apply() {
        List<Slot> batch = new ArrayList<>(APPLY_AT_ONCE);
        try {
            while (awaitWork()) {
                batch.clear();
                long bytes = 0;
                long revision = applied;
                for (Commit commit = waiting.poll(); commit != null; commit = waiting.poll()) {
                    for (Slot slot : commit.slots) {
                        batch.add(slot);
                        bytes += slot.weight();
                    }
                    revision = commit.revision;
                    if (batch.size() >= APPLY_AT_ONCE) {
                        break;
                    }
                }
                move(batch, bytes, revision);
            }
        } catch (DamagedViewException e) {
            reportDamage(view, e);
        } finally {
            lock.lock();
            try {
                paused = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits until there are cells to move. @return false if it is time to stop */
    private boolean awaitWork() {
        lock.lock();
        try {
            long patience = TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
            while (true) {
                if (damaged || stopping && waiting.isEmpty()) {
                    return false;
                }
                paused = pausing;
                if (pausing) {
                    changed.signalAll();
                    changed.awaitUninterruptibly();
                } else if (waiting.isEmpty()) {
                    idle = true;
                    changed.awaitUninterruptibly();
                } else if (waitingCells > APPLY_SOON || stopping || patience <= 0) {
                    return true;
                } else {
                    // Moving many at once is cheaper, and this thread is in nobody's way meanwhile.
                    patience = awaitNanos(patience);
                }
            }
        } finally {
            idle = false;
            lock.unlock();
        }
    }

    private long awaitNanos(long nanos) {
        try {
            return changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            // Nobody has a reason to interrupt this thread; an interrupt must never reach MapDB's file.
            return nanos;
        }
    }

    private void move(List<Slot> batch, long bytes, long revision) {
        // Of one key only the last in the batch is moved. The view then is exactly what the log up to here adds up to, even
        // where a newer cell waits already: snapshots rely on it.
        TreeMap<byte[], Slot> newest = new TreeMap<>(Arrays::compareUnsigned);
        batch.forEach(slot -> newest.put(slot.key, slot));
        List<Slot> sorted = List.copyOf(newest.values());
        view.putAll(sorted);
        for (Slot slot : sorted) {
            keptBytes += slot.weight();
        }
        kept.addAll(sorted);
        applied = revision;
        evict();
        overlay.tidy(batch.size());
        lock.lock();
        try {
            waitingCells -= batch.size();
            waitingBytes -= bytes;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void evict() {
        while (kept.size() > KEPT_CELLS || keptBytes > KEPT_BYTES) {
            eviction.writeLock().lock();
            try {
                for (int i = 0; i < EVICT_AT_ONCE && !kept.isEmpty(); i++) {
                    Slot slot = kept.poll();
                    keptBytes -= slot.weight();
                    if (slot.revision > evicted) {
                        evicted = slot.revision;
                    }
                    overlay.remove(slot);
                }
            } finally {
                eviction.writeLock().unlock();
            }
        }
    }

    /** Waits until all that is published now is in the view, at most so long. @return whether it is */
    public boolean awaitApplied(long timeout, TimeUnit unit) {
        long target = published;
        long nanos = unit.toNanos(timeout);
        lock.lock();
        try {
            while (applied < target) {
                if (nanos <= 0 || damaged || stopping) {
                    return applied >= target;
                }
                nanos = changed.awaitNanos(nanos);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the view, if it is no good, was made anew. @return whether it can be read */
    public boolean awaitSound(long timeout, TimeUnit unit) {
        long nanos = unit.toNanos(timeout);
        lock.lock();
        try {
            while (damaged) {
                if (nanos <= 0 || stopping) {
                    return false;
                }
                nanos = changed.awaitNanos(nanos);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs something while no cell is moved into the view, which then is the state at {@link #applied()}; writes and reads
     * go on.
     */
    public <T> T whilePaused(Function<View, T> action) {
        lock.lock();
        try {
            while (pausing) {
                changed.awaitUninterruptibly();
            }
            if (stopping || damaged) {
                throw new DamagedViewException("The view of " + name + " is being " + (stopping ? "closed." : "made anew."), null);
            }
            pausing = true;
            changed.signalAll();
            while (!paused) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        try {
            if (damaged) {
                throw new DamagedViewException("The view of " + name + " is being made anew.", null);
            }
            return action.apply(view);
        } finally {
            lock.lock();
            try {
                pausing = false;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Takes another view in the place of one that is no good. Called by the publisher.
     *
     * @param fresh what the log up to the last commit that was published adds up to
     */
    public void replace(View fresh) {
        View old = view;
        boolean interrupted = false;
        while (applier.isAlive()) {
            try {
                applier.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        eviction.writeLock().lock();
        lock.lock();
        try {
            view = fresh;
            evicted = published;
            applied = published;
            overlay.clear();
            waiting.clear();
            kept.clear();
            keptBytes = 0;
            waitingCells = 0;
            waitingBytes = 0;
            damaged = false;
            paused = false;
            startApplier();
            changed.signalAll();
        } finally {
            lock.unlock();
            eviction.writeLock().unlock();
        }
        old.abandon();
    }

    /** Stops moving cells into the view, because {@link #replace} is about to bring another. Called by the publisher. */
    public void retire() {
        lock.lock();
        try {
            damaged = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public View view() {
        return view;
    }

    /** The name of the view's file. */
    public String viewFile() {
        return view.file().getFileName().toString();
    }

    /** Moves all that waits into the view and saves it, if that is done in time. @return whether it is whole on disk */
    public boolean close(long timeout, TimeUnit unit) {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
            long nanos = unit.toNanos(timeout);
            while (pausing && nanos > 0) {
                nanos = awaitNanos(nanos);
            }
            if (pausing) {
                LOG.warn("The view of {} is still being read; it will be made anew from the log.", name);
                damaged = true;
                return false;
            }
        } finally {
            lock.unlock();
        }
        try {
            applier.join(unit.toMillis(timeout));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (applier.isAlive() || damaged || applied < published) {
            damaged = true;
            LOG.warn("The view of {} was not saved in time; it will be made anew from the log.", applier.getName());
            return false;
        }
        try {
            view.close();
            return true;
        } catch (DamagedViewException e) {
            LOG.warn("The view could not be saved and will be made anew from the log: {}", e.getMessage());
            return false;
        }
    }

    /** Takes the view for no good, if it is still the one in use. */
    public void reportDamage(View used, DamagedViewException e) {
        lock.lock();
        try {
            if (damaged || used != view) {
                return;
            }
            damaged = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        onDamage.accept(e);
    }
}
