package lattice.registry.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void doublesUpToTheStartLimit() {
        Backoff backoff = new Backoff(() -> 0.5);
        assertThat(backoff.delay(1, Tuning.DEFAULT)).isEqualTo(Duration.ofSeconds(1));
        assertThat(backoff.delay(2, Tuning.DEFAULT)).isEqualTo(Duration.ofSeconds(2));
        assertThat(backoff.delay(5, Tuning.DEFAULT)).isEqualTo(Duration.ofSeconds(16));
        assertThat(backoff.delay(6, Tuning.DEFAULT)).isEqualTo(Duration.ofMinutes(5));
    }

    @Property
    void staysWithinBounds(@ForAll @IntRange(min = 1) int failures,
            @ForAll @DoubleRange(max = 1, maxIncluded = false) double random) {
        Duration delay = new Backoff(() -> random).delay(failures, Tuning.DEFAULT);
        assertThat(delay).isBetween(Duration.ofMillis(800), Duration.ofMinutes(6));
    }
}
