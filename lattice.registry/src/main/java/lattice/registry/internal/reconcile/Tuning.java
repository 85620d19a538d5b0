package lattice.registry.internal.reconcile;

import java.time.Duration;

/**
 * The registry's patience.
 *
 * @param startDeadline how long a factory, or taking a new config, may take
 * @param stopDeadline how long closing an instance may take
 * @param firstDelay how long to wait after a first failure; doubled for each further one
 * @param longestDelay the longest wait between starts
 * @param startLimit after that many failures in a row every wait is the longest
 * @param stableAfter an instance that ran this long has recovered: its failures are forgotten
 * @param tick how often everything is looked at even if nothing seems to have changed
 */
public record Tuning(Duration startDeadline, Duration stopDeadline, Duration firstDelay, Duration longestDelay,
        int startLimit, Duration stableAfter, Duration tick) {
    /** What is in force unless the owner says otherwise. */
    public static final Tuning DEFAULT = new Tuning(Duration.ofSeconds(30), Duration.ofSeconds(10),
            Duration.ofSeconds(1), Duration.ofMinutes(5), 6, Duration.ofMinutes(1), Duration.ofSeconds(5));
}
