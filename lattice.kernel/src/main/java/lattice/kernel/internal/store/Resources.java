package lattice.kernel.internal.store;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that the stores of a node share. Watchers and state machines run on the pool: each takes at most one thread at
 * a time, so one that blocks holds up nobody else; the timer must never be blocked.
 */
public final class Resources implements AutoCloseable {
    private static final int MAX_THREADS = 4096;

    private final ExecutorService pool;
    private final ScheduledExecutorService timer;

    public Resources() {
        pool = new ThreadPoolExecutor(0, MAX_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
                named("lattice-pool-"));
        timer = Executors.newSingleThreadScheduledExecutor(named("lattice-timer-"));
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    public ExecutorService pool() {
        return pool;
    }

    public ScheduledExecutorService timer() {
        return timer;
    }

    /** Stops the threads, leaving those to themselves that don't stop. */
    @Override
    public void close() {
        timer.shutdownNow();
        pool.shutdown();
    }
}
