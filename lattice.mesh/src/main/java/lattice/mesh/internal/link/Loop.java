package lattice.mesh.internal.link;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import lattice.mesh.internal.protocol.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of one mesh's protocol. */
public final class Loop implements Scheduler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    private final ScheduledThreadPoolExecutor executor;
    private final long origin = System.nanoTime();

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
            ScheduledFuture<?> future = executor.schedule(() -> guarded(action), millis, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.debug("The mesh is stopping; an action that was to come later is dropped", e);
            return () -> { };
        }
    }

    /** Runs an action soon, from any thread. Does nothing if the loop is closed. */
    public void run(Runnable action) {
        after(0, action);
    }

    private static void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.error("A fault in the mesh; it goes on without what failed", e);
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
