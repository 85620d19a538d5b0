package lattice.mesh.internal.link;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import lattice.mesh.internal.protocol.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what one mesh's protocol does, one thing at a time: on a thread of its own, or where it matters how soon it is done, and
 * nothing else is to be done, on the thread that brings it.
 */
public final class Loop implements Scheduler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    private final ScheduledThreadPoolExecutor executor;
    private final long origin = System.nanoTime();
    /** Who holds it runs something. */
    private final ReentrantLock turn = new ReentrantLock();
    /** How much is due and not done. */
    private final AtomicInteger waiting = new AtomicInteger();

    public Loop(String name) {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setRemoveOnCancelPolicy(true);
    }

    @Override
    public long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - origin);
    }

    @Override
    public Task after(long millis, Runnable action) {
        try {
            ScheduledFuture<?> future = executor.schedule(() -> {
                // From now on it waits: those who bring more must not take its turn again and again.
                waiting.incrementAndGet();
                runWaiting(action);
            }, millis, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.debug("The mesh is stopping; an action that was to come later is dropped", e);
            return () -> { };
        }
    }

    /** Runs an action soon, from any thread, after those that it was given before. Does nothing if the loop is closed. */
    public void run(Runnable action) {
        waiting.incrementAndGet();
        try {
            executor.execute(() -> runWaiting(action));
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            LOG.debug("The mesh is stopping; an action is dropped", e);
        }
    }

    private void runWaiting(Runnable action) {
        try {
            guarded(action);
        } finally {
            waiting.decrementAndGet();
        }
    }

    /**
     * As {@link #run}; the action is done before this returns, by this thread, if nothing else runs or waits: to wake another takes
     * longer than most actions. For what is short, and for callers that hold no lock which an action may wait for.
     */
    public void runPromptly(Runnable action) {
        if (!executor.isShutdown() && waiting.get() == 0 && !turn.isHeldByCurrentThread() && turn.tryLock()) {
            try {
                if (waiting.get() == 0) {
                    guarded(action);
                    return;
                }
            } finally {
                turn.unlock();
            }
        }
        run(action);
    }

    private void guarded(Runnable action) {
        turn.lock();
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.error("A fault in the mesh; it goes on without what failed", e);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
