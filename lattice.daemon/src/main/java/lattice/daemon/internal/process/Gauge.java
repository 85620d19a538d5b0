package lattice.daemon.internal.process;

import java.time.Duration;

/**
 * What a run's processes use.
 *
 * @param processes how many there are
 * @param memory bytes in memory
 * @param cpu used by those that live
 */
public record Gauge(int processes, long memory, Duration cpu) {
    static final Gauge NONE = new Gauge(0, 0, Duration.ZERO);
}
