package lattice.client.internal;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the n-th try: doubling, with jitter so that many clients of a node do not return as one. */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(3);

    private Backoff() {
    }

    /** @param failures how many tries have failed so far, from 1 */
    static Duration after(int failures) {
        long full = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(failures - 1, 16));
        return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
    }
}
