package lattice.registry.internal;

import java.time.Duration;
import lattice.registry.internal.reconcile.Tuning;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The registry's patience, as configuration {@code lattice.registry}; {@link Tuning} says what each means. */
@ObjectClassDefinition(name = "Lattice registry")
public @interface RegistryConfig {
    @AttributeDefinition(name = "How long a service may take to start, in ms", min = "100")
    long startDeadlineMillis() default 30_000;

    @AttributeDefinition(name = "How long a service may take to stop, in ms", min = "100")
    long stopDeadlineMillis() default 10_000;

    @AttributeDefinition(name = "Wait after a first failure, in ms", min = "10")
    long firstDelayMillis() default 1_000;

    @AttributeDefinition(name = "Longest wait between starts, in ms", min = "10")
    long longestDelayMillis() default 300_000;

    @AttributeDefinition(name = "Failures in a row after which every wait is the longest", min = "1")
    int startLimit() default 6;

    @AttributeDefinition(name = "Time after which a service that runs has recovered, in ms", min = "10")
    long stableAfterMillis() default 60_000;

    @AttributeDefinition(name = "How often everything is looked at even if nothing changed, in ms", min = "100")
    long tickMillis() default 5_000;

    /** Turns it into durations; what is out of range becomes the nearest that is not. */
    final class Reading {
        private Reading() {
        }

        static Tuning tuning(RegistryConfig config) {
            return new Tuning(millis(config.startDeadlineMillis(), 100), millis(config.stopDeadlineMillis(), 100),
                    millis(config.firstDelayMillis(), 10), millis(config.longestDelayMillis(), 10),
                    Math.max(1, config.startLimit()), millis(config.stableAfterMillis(), 10),
                    millis(config.tickMillis(), 100));
        }

        private static Duration millis(long configured, long least) {
            return Duration.ofMillis(Math.min(Math.max(configured, least), Duration.ofDays(1).toMillis()));
        }
    }
}
