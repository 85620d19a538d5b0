package lattice.kernel.internal.store;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs watches: a thousand that have something to do are a thousand turns of a few threads, and not as many threads. Where
 * listeners block, so that for a moment no turn has begun, there are soon twice as many threads, and so on up to a bound; so
 * none is held up for long by others. What waits is bounded by the number of watches, each of which waits at most once.
 */
final class WatchPool implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchPool.class);
    private static final int FEW = Math.max(2, Runtime.getRuntime().availableProcessors());
    private static final int MAX_THREADS = 4096;
    private static final long LOOK_MILLIS = 10;

    private final ScheduledExecutorService timer;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final ThreadPoolExecutor threads;
    /** Used by the timer's thread alone. */
    private long begunBefore;

    /** @param timer looks now and then, while turns wait, whether they go on */
    WatchPool(ScheduledExecutorService timer, ThreadFactory factory) {
        this.timer = timer;
        threads = new ThreadPoolExecutor(FEW, MAX_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory) {
            @Override
            protected void beforeExecute(Thread thread, Runnable turn) {
                begun.incrementAndGet();
            }
        };
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable turn) {
        threads.execute(turn);
        if (!threads.getQueue().isEmpty() && looking.compareAndSet(false, true)) {
            lookSoon();
        }
    }

    private void lookSoon() {
        try {
            timer.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The node is stopping", e);
        }
    }

    private void look() {
        if (threads.getQueue().isEmpty()) {
            // Those who block keep their threads; beside them there are a few.
            threads.setCorePoolSize(Math.min(MAX_THREADS, threads.getActiveCount() + FEW));
            looking.set(false);
            if (threads.getQueue().isEmpty() || !looking.compareAndSet(false, true)) {
                return;
            }
        } else if (begun.get() == begunBefore) {
            threads.setCorePoolSize(Math.min(MAX_THREADS, threads.getCorePoolSize() * 2));
        }
        begunBefore = begun.get();
        lookSoon();
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
