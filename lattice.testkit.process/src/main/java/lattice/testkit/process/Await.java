package lattice.testkit.process;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/** Waits for something to become so, and no longer than it should take. */
public final class Await {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private Await() {
    }

    /**
     * Waits until a condition holds; one that throws an {@link IOException} does not hold yet.
     *
     * @param what what is waited for, for the person who reads that it did not come
     */
    public static void that(String what, Duration bound, Condition condition) throws Exception {
        that(() -> what, bound, condition);
    }

    /** @param what asked only if it did not come, so that it can tell what came instead */
    public static void that(Supplier<String> what, Duration bound, Condition condition) throws Exception {
        long begun = System.nanoTime();
        IOException last;
        do {
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (IOException e) {
                // Nothing listens there yet, or any more.
                last = e;
            }
            Thread.sleep(PAUSE.toMillis());
        } while (System.nanoTime() - begun < bound.toNanos());
        throw new AssertionError("Not within " + bound.toSeconds() + " s: " + what.get(), last);
    }

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }
}
