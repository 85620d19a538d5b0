package lattice.registry.internal.reconcile;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that makes passes: soon after each trigger, and now and then without one. */
final class Loop {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);

    private final Pass pass;
    private final Supplier<Duration> tick;
    private final Thread thread;

    // Guarded by this.
    private boolean triggered = true;
    private boolean stopping;
    private boolean ended;
    private long passesAsked;
    private long passesDone;

    /** What is done again and again. */
    interface Pass {
        /**
         * Does it.
         *
         * @param stopping whether everything is to come to an end
         * @return when to do it again if nothing triggers it before, in nanoseconds
         */
        long run(boolean stopping);

        /** Whether, when stopping, everything has come to an end. */
        boolean isOver();
    }

    Loop(String name, Pass pass, Supplier<Duration> tick) {
        this.pass = pass;
        this.tick = tick;
        this.thread = new Thread(this::run, name);
    }

    void start() {
        thread.start();
    }

    /** Makes it do a pass soon. */
    synchronized void trigger() {
        triggered = true;
        notifyAll();
    }

    /**
     * Waits for a pass that begins after this call.
     *
     * @return whether one ended in time
     */
    boolean pass(Duration atMost) throws InterruptedException {
        long asked;
        synchronized (this) {
            asked = ++passesAsked;
            trigger();
        }
        return await(() -> passesDone >= asked, atMost);
    }

    /** Waits for something that a pass brings about; whether it is so in the end. */
    synchronized boolean await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || ended) {
                return condition.getAsBoolean();
            }
            wait(left / 1_000_000 + 1);
        }
        return true;
    }

    /** Has it come to an end. */
    synchronized void beginToStop() {
        stopping = true;
        trigger();
    }

    /** The same, and waits for it; whether it did in time. */
    boolean stop(Duration atMost) throws InterruptedException {
        beginToStop();
        return await(() -> ended, atMost);
    }

    /** Whether the calling thread is the one that makes passes. */
    boolean isOwnThread() {
        return Thread.currentThread() == thread;
    }

    private void run() {
        while (true) {
            boolean stop;
            long serving;
            synchronized (this) {
                triggered = false;
                stop = stopping;
                serving = passesAsked;
            }
            long again;
            try {
                again = pass.run(stop);
            } catch (Throwable e) { // the loop must outlive whatever a pass meets
                LOG.error("A pass over the services failed; the next one is in {} s.", AFTER_TROUBLE.toSeconds(), e);
                again = AFTER_TROUBLE.toNanos();
            }
            synchronized (this) {
                passesDone = serving;
                ended = stop && pass.isOver();
                notifyAll();
                if (ended) {
                    return;
                }
                waitForTrigger(again);
            }
        }
    }

    private void waitForTrigger(long nanos) {
        long deadline = System.nanoTime() + Math.min(nanos, tick.get().toNanos());
        while (!triggered) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return;
            }
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                LOG.debug("This thread is not stopped by an interrupt.", e);
            }
        }
    }
}
