package lattice.itest.process;

import java.time.Duration;

/** Waits for something to become so, and no longer than it should take. */
final class Await {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private Await() {
    }

    static void that(String what, Duration bound, Condition condition) throws Exception {
        long end = System.nanoTime() + bound.toNanos();
        Exception last = null;
        while (System.nanoTime() < end) {
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (java.io.IOException e) {
                last = e; // nothing listens there yet, or any more
            }
            Thread.sleep(PAUSE.toMillis());
        }
        throw new AssertionError("Not within " + bound + ": " + what, last);
    }

    /** What is waited for. */
    interface Condition {
        boolean holds() throws Exception;
    }
}
