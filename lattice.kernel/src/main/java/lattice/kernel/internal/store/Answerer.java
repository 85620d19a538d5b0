package lattice.kernel.internal.store;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who wait for a write that it is done. To wake a thread costs about as much as all else about a small write, so
 * many are woken by a thread of its own, while the writer goes on; a few are woken at once, because to hand them over would
 * take longer. Answers are given in order.
 */
final class Answerer {
    private static final Logger LOG = LoggerFactory.getLogger(Answerer.class);
    private static final int AT_ONCE = 4;

    private final ConcurrentLinkedQueue<List<Runnable>> waiting = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean busy;
    private volatile boolean closed;

    Answerer(String name) {
        thread = new Thread(this::run, "lattice-" + name + "-answerer");
        thread.setDaemon(true);
        thread.start();
    }

    /** Gives answers, now or soon. Called by the writer. */
    void answer(List<Runnable> answers) {
        if (answers.size() <= AT_ONCE && !busy && waiting.isEmpty()) {
            give(answers);
        } else {
            waiting.add(answers);
            LockSupport.unpark(thread);
        }
    }

    private static void give(List<Runnable> answers) {
        for (Runnable answer : answers) {
            try {
                answer.run();
            } catch (RuntimeException | Error e) {
                LOG.warn("What follows on a write failed", e);
            }
        }
    }

    private void run() {
        while (true) {
            busy = true;
            for (List<Runnable> answers = waiting.poll(); answers != null; answers = waiting.poll()) {
                give(answers);
            }
            busy = false;
            if (!waiting.isEmpty()) {
                continue;
            }
            if (closed) {
                return;
            }
            LockSupport.park(this);
        }
    }

    /** Gives what answers are left and stops. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
