package lattice.kernel.internal.view;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import lattice.kernel.internal.thread.Joins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that a log adds up to: the {@link View} on disk or, until that is made, what it is made of, and over it, in
 * {@link Layer}s, what has been published but not moved there yet. One thread publishes; one thread of its own, the applier, moves
 * layers into the view; any number read.
 *
 * <p>What a reader sees of a commit is all of it or nothing, because an update counts only once the commit's revision is
 * published. A layer is moved as a whole: sorted, so that the view reads and writes each of its nodes once, and with the last
 * update of each key only. It then stays over the view until the next one was moved, so that who has looked into the view at a
 * known revision can tell that what it saw there still holds ({@link #current(byte[], Hint)}). What waits is bounded; while it is
 * too much, {@link #awaitRoom} holds the publisher back.
 */
public final class Projection {
    private static final Logger LOG = LoggerFactory.getLogger(Projection.class);

    /**
     * What is moved at once: the more, the cheaper each update; the fewer, the less is alive at any time, which is what a young
     * collection copies while all wait.
     */
    private static final int LAYER_UPDATES = 8 * 1024;
    private static final long LAYER_BYTES = 8L * 1024 * 1024;
    private static final int MAX_WAITING_UPDATES = 128 * 1024;
    private static final long MAX_WAITING_BYTES = 48L * 1024 * 1024;
    private static final long CHUNK_BYTES = 4L * 1024 * 1024;
    /** How long little waits for more. */
    private static final long PATIENCE_MILLIS = 50;
    private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Consumer<DamagedViewException> onDamage;
    private final String name;
    private volatile Thread applier;

    /** Newest first. A reader takes them before it looks into the view: what leaves them meanwhile is there already. */
    private volatile Layer[] layers = {new Layer()};

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Layers to move into the view, oldest first; each of whole commits, so that {@code applied} never counts part of one. */
    private final ArrayDeque<Layer> waiting = new ArrayDeque<>();
    private int waitingUpdates;
    private long waitingBytes;
    private boolean hurried;
    private boolean pausing;
    private boolean paused;
    private boolean stopping;
    private volatile boolean damaged;
    private boolean idle;
    /** Why the view can't grow, null if it can. */
    private volatile String noRoom;

    /** The view, or what it is being made of. */
    private volatile Cells cells;
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

    /**
     * What the view held at a key, looked up ahead by the thread that wants to write there.
     *
     * @param cell what it held, null if nothing
     * @param applied how far the view had come before
     */
    public record Hint(Cell cell, long applied) {
    }

    /**
     * @param cells what the log up to {@code revision} adds up to: a view, or what {@link #settle} will bring as one
     * @param onDamage told, once and on the thread that found it, that the view is no good any more
     */
    public Projection(String name, Cells cells, long revision, Consumer<DamagedViewException> onDamage) {
        this.cells = cells;
        this.onDamage = onDamage;
        published = revision;
        applied = revision;
        evicted = revision;
        this.name = name;
        if (cells instanceof View view) {
            startApplier(view);
        }
    }

    /** Whether there is a view: until then, what is published waits. */
    private boolean isSettled() {
        return cells instanceof View;
    }

    private void startApplier(View view) {
        applier = new Thread(() -> apply(view), "lattice-" + name + "-applier");
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
        return cells.bytes();
    }

    /** What is in force at a key, a deletion included. */
    public Optional<Cell> get(byte[] key) {
        int hash = KeyTable.hash(key);
        while (true) {
            Layer[] over = layers;
            long seen = published;
            boolean overtaken = false;
            for (int i = 0; i < over.length && !overtaken; i++) {
                Update last = over[i].get(key, hash);
                if (last != null && (last.revision <= seen || !last.first)) {
                    Update visible = last.revision <= seen ? last : last.previous;
                    if (visible != null && visible.revision <= seen) {
                        return Optional.of(visible.cell());
                    }
                    // So much has been published meanwhile that what was in force is forgotten; what is now is seen.
                    overtaken = true;
                }
            }
            if (!overtaken) {
                return fromView(key);
            }
            Thread.onSpinWait();
        }
    }

    private Optional<Cell> fromView(byte[] key) {
        return reading(used -> used.get(key));
    }

    /** Reads what is below the layers; who has begun to when something else took its place begins anew. */
    private <T> T reading(Function<Cells, T> read) {
        while (true) {
            Cells used = cells;
            try {
                return read.apply(used);
            } catch (DamagedViewException e) {
                if (damaged || used == cells) {
                    reportDamage(used, e);
                    throw e;
                }
            }
        }
    }

    /** Looks a key up in the view for {@link #current(byte[], Hint)}; null if that wouldn't help. */
    public Hint hint(byte[] key) {
        if (last(key) != null) {
            return null;
        }
        long before = applied;
        return new Hint(fromView(key).orElse(null), before);
    }

    /** Looks many keys up for {@link #current(byte[], Hint)}, for one thread and at once: of keys near one another most cost little. */
    public final class Hints {
        private final long before = applied;
        private final Cells first = cells;
        private final Cells.Gets gets = first.gets();

        /** What the view held at a key. */
        public Hint of(byte[] key) {
            return new Hint(reading(used -> used == first ? gets.get(key) : used.get(key)).orElse(null), before);
        }
    }

    private Update last(byte[] key) {
        int hash = KeyTable.hash(key);
        for (Layer layer : layers) {
            Update update = layer.get(key, hash);
            if (update != null) {
                return update;
            }
        }
        return null;
    }

    /**
     * What is in force at a key, for the publisher: what it has published last, at once.
     *
     * @param hint what was looked up before, null if nothing was
     * @return null if nothing is
     */
    public Cell current(byte[] key, Hint hint) {
        Update update = last(key);
        if (update != null) {
            return update.cell();
        }
        // What came after the hint would still lie over the view unless it was evicted, and nothing evicted is newer.
        if (hint != null && evicted <= hint.applied) {
            return hint.cell;
        }
        return fromView(key).orElse(null);
    }

    /** Makes a commit visible. Called by one thread, in the order of revisions. */
    public void publish(List<Update> updates, long revision) {
        lock.lock();
        try {
            Layer open = layers[0];
            long before = open.bytes();
            for (Update update : updates) {
                open.add(update, revision);
            }
            published = revision;
            open.reached(revision);
            waitingUpdates += updates.size();
            waitingBytes += open.bytes() - before;
            // Of many layers each would have to be asked for each key: while the applier lags behind they are larger instead.
            int lag = Math.max(1, waiting.size());
            if (open.size() >= lag * LAYER_UPDATES || open.bytes() >= lag * LAYER_BYTES) {
                closeLayer();
                changed.signalAll();
            } else if (idle) {
                idle = false;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets what has been published wait to be moved, and begins a new layer. */
    private void closeLayer() {
        Layer[] before = layers;
        before[0].close();
        waiting.add(before[0]);
        Layer[] after = new Layer[before.length + 1];
        after[0] = new Layer();
        System.arraycopy(before, 0, after, 1, before.length);
        layers = after;
    }

    /** Waits until not too much waits to be moved, at most so long. @return whether it has */
    public boolean awaitRoom(long timeout, TimeUnit unit) {
        return await(() -> waitingUpdates <= MAX_WAITING_UPDATES && waitingBytes <= MAX_WAITING_BYTES, () -> damaged, timeout, unit);
    }

    /** Waits until something is so, at most so long and as long as there is hope. @return whether it is */
    private boolean await(BooleanSupplier reached, BooleanSupplier hopeless, long timeout, TimeUnit unit) {
        long nanos = unit.toNanos(timeout);
        lock.lock();
        try {
            while (!reached.getAsBoolean()) {
                if (nanos <= 0 || hopeless.getAsBoolean()) {
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
        Layer[] over = layers;
        long seen = published;
        return reading(used -> chunk(used, over, seen, from, inclusive, to, limit));
    }

    private Chunk chunk(Cells used, Layer[] over, long seen, byte[] from, boolean inclusive, byte[] to, int limit) {
        List<Update> found = new ArrayList<>(Math.min(limit, 64));
        Iterator<Map.Entry<byte[], byte[]>> below = used.range(from, inclusive, to);
        LayersRange above = new LayersRange(over, from, inclusive, to, seen);
        Map.Entry<byte[], byte[]> low = next(below);
        long bytes = 0;
        while (found.size() < limit && bytes < CHUNK_BYTES && (low != null || above.key() != null)) {
            int order = low == null ? 1 : above.key() == null ? -1 : Arrays.compareUnsigned(low.getKey(), above.key());
            byte[] key = order < 0 ? low.getKey() : above.key();
            Cell cell;
            if (order >= 0) {
                cell = above.cell() != null ? above.cell() : get(key).orElse(null);
                above.advance();
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
        return new Chunk(found, low != null || above.key() != null);
    }

    private static <T> T next(Iterator<T> iterator) {
        return iterator.hasNext() ? iterator.next() : null;
    }

    private void apply(View view) {
        try {
            for (Layer layer = awaitLayer(); layer != null; layer = awaitLayer()) {
                if (hasRoom(view, layer)) {
                    move(layer, view);
                }
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

    /** What the view can't take waits until it can, and is read meanwhile like all that waits. */
    private boolean hasRoom(View view, Layer layer) {
        try {
            view.keepRoom(layer.bytes());
            noRoom = null;
            return true;
        } catch (IOException e) {
            if (noRoom == null) {
                LOG.warn("{} It is tried again every second.", e.getMessage());
            }
            noRoom = e.getMessage();
            return false;
        }
    }

    /** Why what was published can't be moved into the view now, if so. */
    public Optional<String> problem() {
        return Optional.ofNullable(noRoom);
    }

    /** Waits until there is a layer to move. @return null if it is time to stop */
    private Layer awaitLayer() {
        lock.lock();
        try {
            long patience = TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
            long disk = noRoom == null ? 0 : NO_ROOM_NANOS;
            while (true) {
                boolean empty = waiting.isEmpty() && layers[0].isEmpty();
                if (damaged || stopping && (empty || noRoom != null)) {
                    return null;
                }
                paused = pausing;
                if (pausing) {
                    changed.signalAll();
                    changed.awaitUninterruptibly();
                } else if (disk > 0) {
                    disk = awaitNanos(disk);
                } else if (!waiting.isEmpty()) {
                    return waiting.peek();
                } else if (empty) {
                    hurried = false;
                    idle = true;
                    changed.awaitUninterruptibly();
                } else if (stopping || hurried || patience <= 0) {
                    closeLayer();
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

    /** The view then is exactly what the log up to here adds up to: snapshots rely on it. */
    private void move(Layer layer, View view) {
        view.putAll(layer.sorted());
        applied = layer.revision();
        lock.lock();
        try {
            waiting.remove();
            waitingUpdates -= layer.size();
            waitingBytes -= layer.bytes();
            evictBelow(layer);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of the layers that were moved before this one. */
    private void evictBelow(Layer moved) {
        Layer[] before = layers;
        int kept = Arrays.asList(before).indexOf(moved) + 1;
        if (kept < before.length) {
            // First: who finds a layer gone must find that hints from before it don't hold any more.
            evicted = before[kept].revision();
            layers = Arrays.copyOf(before, kept);
        }
    }

    /** Waits until all that is published now is in the view, at most so long. @return whether it is */
    public boolean awaitApplied(long timeout, TimeUnit unit) {
        long target = published;
        lock.lock();
        try {
            hurried = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return await(() -> applied >= target, () -> damaged || stopping, timeout, unit);
    }

    /** Waits until the view, if it is no good, was made anew. @return whether it can be read */
    public boolean awaitSound(long timeout, TimeUnit unit) {
        return await(() -> !damaged, () -> stopping, timeout, unit);
    }

    /**
     * Runs something while no cell is moved into the view, which then is the state at {@link #applied()}; writes and reads
     * go on. If there is no view yet, it is waited for.
     *
     * @throws DamagedViewException if the view is no good, which is then known, or is being closed
     */
    public <T> T whilePaused(Function<View, T> action) {
        lock.lock();
        try {
            while (pausing || !isSettled() && !stopping && !damaged) {
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
        Cells used = cells;
        try {
            if (damaged) {
                throw new DamagedViewException("The view of " + name + " is being made anew.", null);
            }
            return action.apply((View) used);
        } catch (DamagedViewException e) {
            reportDamage(used, e);
            throw e;
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
        Cells old = cells;
        if (applier != null) {
            Joins.join(applier);
        }
        lock.lock();
        try {
            cells = fresh;
            evicted = published;
            applied = published;
            layers = new Layer[] {new Layer()};
            waiting.clear();
            waitingUpdates = 0;
            waitingBytes = 0;
            damaged = false;
            paused = false;
            startApplier(fresh);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        old.abandon();
    }

    /**
     * Takes a view in the place of what it was made of.
     *
     * @return whether it is taken: it is too late if what it was made of has turned out to be no good, or the store is closed
     */
    public boolean settle(View made) {
        lock.lock();
        try {
            if (damaged || isSettled()) {
                return false;
            }
            cells = made;
            startApplier(made);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
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

    /** Goes on with the view that was retired, as there is no other. Called by the publisher. */
    public void reinstate() {
        Joins.join(applier);
        lock.lock();
        try {
            damaged = false;
            paused = false;
            startApplier((View) cells);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the view, if it is still being made, at most so long. @return empty if it takes longer, or is given up */
    public Optional<View> awaitView(long timeout, TimeUnit unit) {
        await(this::isSettled, () -> damaged || stopping, timeout, unit);
        return view();
    }

    private Optional<View> view() {
        return cells instanceof View view ? Optional.of(view) : Optional.empty();
    }

    /** The name of the view's file, once there is one. */
    public Optional<String> viewFile() {
        return view().map(view -> view.file().getFileName().toString());
    }

    /** Moves all that waits into the view and saves it, if that is done in time. @return whether it is whole on disk */
    public boolean close(long timeout, TimeUnit unit) {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
            long nanos = unit.toNanos(timeout);
            while ((pausing || !isSettled() && !damaged) && nanos > 0) {
                nanos = awaitNanos(nanos);
            }
            if (pausing || !isSettled()) {
                LOG.warn("The view of {} is still being {}; it will be made anew from the log.", name, pausing ? "read" : "made");
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
            ((View) cells).close();
            return true;
        } catch (DamagedViewException e) {
            LOG.warn("The view could not be saved and will be made anew from the log: {}", e.getMessage());
            return false;
        }
    }

    /** Takes the view, or what it is being made of, for no good, if it is still what is in use. */
    public void reportDamage(Cells used, DamagedViewException e) {
        lock.lock();
        try {
            if (damaged || used != cells) {
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
