package lattice.registry.internal.reconcile;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/** How long to wait after a number of failures: exponentially longer, with jitter, and never for good. */
final class Backoff {
    private static final double JITTER = 0.2;

    private final DoubleSupplier random;

    /** @param random gives numbers from 0 (inclusive) to 1 (exclusive) */
    Backoff(DoubleSupplier random) {
        this.random = random;
    }

    /** @param failures in a row, at least 1 */
    Duration delay(int failures, Tuning tuning) {
        double longest = tuning.longestDelay().toNanos();
        double nanos = failures >= tuning.startLimit() ? longest
                : Math.min(longest, tuning.firstDelay().toNanos() * Math.pow(2, failures - 1));
        return Duration.ofNanos((long) (nanos * (1 - JITTER + 2 * JITTER * random.getAsDouble())));
    }
}
