package lattice.rpc.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one after another, in the order in which they came, on threads that it shares with others: after a short turn it gives
 * its thread back and waits for the next, so that who always has something to do keeps nobody from theirs.
 */
final class Turns implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Executor threads;
    private final Deque<Runnable> waiting = new ArrayDeque<>(); // guarded by this
    private boolean running; // guarded by this

    Turns(Executor threads) {
        this.threads = threads;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            waiting.add(task);
            if (running) {
                return;
            }
            running = true;
        }
        begin();
    }

    private void begin() {
        try {
            threads.execute(this::turn);
        } catch (RejectedExecutionException e) {
            LOG.debug("The server is closed; what waited is not done", e);
            synchronized (this) {
                waiting.clear();
                running = false;
            }
        }
    }

    private void turn() {
        long end = System.nanoTime() + TURN_NANOS;
        do {
            Runnable next;
            synchronized (this) {
                next = waiting.poll();
                if (next == null) {
                    running = false;
                    return;
                }
            }
            try {
                next.run();
            } catch (RuntimeException | Error e) {
                LOG.error("A task failed because of a defect", e);
            }
        } while (System.nanoTime() - end < 0);
        begin();
    }
}
