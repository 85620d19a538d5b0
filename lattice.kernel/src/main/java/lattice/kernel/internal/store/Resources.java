package lattice.kernel.internal.store;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * What the stores of a node share: threads, and who hears of long work. State machines and upkeep run on the pool, each on a
 * thread of its own, so one that blocks holds up nobody else; watches have a pool for themselves; the timer must never be
 * blocked.
 */
public final class Resources implements AutoCloseable {
    private static final int MAX_THREADS = 4096;

    private final ExecutorService pool;
    private final ScheduledExecutorService timer;
    private final WatchPool watches;
    private final Consumer<String> rebuilds;

    public Resources() {
        this(words -> { });
    }

    /** @param rebuilds given a sentence now and then while a view is made anew and that takes long, on the thread that does it */
    public Resources(Consumer<String> rebuilds) {
        this.rebuilds = rebuilds;
        pool = new ThreadPoolExecutor(0, MAX_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
                named("lattice-pool-"));
        timer = Executors.newSingleThreadScheduledExecutor(named("lattice-timer-"));
        watches = new WatchPool(timer, named("lattice-watch-"));
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

    Executor watches() {
        return watches;
    }

    Consumer<String> rebuilds() {
        return rebuilds;
    }

    /** Stops the threads, leaving those to themselves that don't stop. */
    @Override
    public void close() {
        timer.shutdownNow();
        pool.shutdown();
        watches.close();
    }
}
