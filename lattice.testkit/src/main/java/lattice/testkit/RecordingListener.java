package lattice.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.LogPosition;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;

/** Keeps what a watch delivers, and lets a test wait for it. */
public final class RecordingListener implements WatchListener {
    private final Duration patience;

    // All below is guarded by this object's monitor.
    private final List<Changes> changes = new ArrayList<>();
    private final List<LogPosition> caughtUp = new ArrayList<>();
    private final List<WatchEnd> ends = new ArrayList<>();

    /** Waits at most 20 seconds. */
    public RecordingListener() {
        this(Duration.ofSeconds(20));
    }

    /** @param patience how long the waiting methods wait before they fail */
    public RecordingListener(Duration patience) {
        this.patience = patience;
    }

    @Override
    public synchronized void changed(Changes delivered) {
        changes.add(delivered);
        notifyAll();
    }

    @Override
    public synchronized void caughtUp(LogPosition position) {
        caughtUp.add(position);
        notifyAll();
    }

    @Override
    public synchronized void ended(WatchEnd end) {
        ends.add(end);
        notifyAll();
    }

    /** What came so far, commit by commit. */
    public synchronized List<Changes> commits() {
        return List.copyOf(changes);
    }

    /** What came so far. */
    public synchronized List<Change> changes() {
        return changes.stream().flatMap(commit -> commit.changes().stream()).toList();
    }

    /** When it was said to have caught up; once, or not yet. */
    public synchronized List<LogPosition> caughtUp() {
        return List.copyOf(caughtUp);
    }

    /** How it ended; once, or not yet. */
    public synchronized List<WatchEnd> ends() {
        return List.copyOf(ends);
    }

    /** Waits for at least so many changes, and answers with all. */
    public List<Change> awaitChanges(int count) {
        await(count + " changes", listener -> listener.changes().size() >= count);
        return changes();
    }

    /** Waits until the watch has caught up. */
    public LogPosition awaitCaughtUp() {
        await("the watch to catch up", listener -> !listener.caughtUp().isEmpty());
        return caughtUp().get(0);
    }

    /** Waits for the watch to end. */
    public WatchEnd awaitEnd() {
        await("the watch to end", listener -> !listener.ends().isEmpty());
        return ends().get(0);
    }

    /**
     * Waits until something is so.
     *
     * @param what in words, for the failure
     * @throws AssertionError if it is not so in time
     */
    public synchronized void await(String what, Predicate<RecordingListener> condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.test(this)) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw new AssertionError("Waited " + patience.toSeconds() + " s in vain for " + what + "; came: " + changes()
                        + ", caught up: " + caughtUp + ", ended: " + Optional.of(ends).filter(list -> !list.isEmpty()));
            }
            try {
                wait(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted while waiting for " + what, e);
            }
        }
    }
}
