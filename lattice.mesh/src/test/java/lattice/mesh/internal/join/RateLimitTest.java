package lattice.mesh.internal.join;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private long now;
    private final RateLimit limit = new RateLimit(3, 1_000, () -> now);

    @Test
    void soManyAtOnceAndThenOneAfterEachWhile() {
        assertThat(IntStream.range(0, 5).filter(i -> limit.take("here")).count()).isEqualTo(3);
        now += 999;
        assertThat(limit.take("here")).isFalse();
        now += 2;
        assertThat(limit.take("here")).isTrue();
        assertThat(limit.take("here")).isFalse();
        now += 1_000_000;
        assertThat(IntStream.range(0, 5).filter(i -> limit.take("here")).count()).as("what is not taken is not saved up").isEqualTo(3);
    }

    @Test
    void onePlaceTakesNothingFromAnother() {
        IntStream.range(0, 5).forEach(i -> limit.take("here"));

        assertThat(limit.take("there")).isTrue();
    }

    /** Who has many addresses gains tries by that, but fills no memory. */
    @Test
    void ofPlacesOnlySoManyAreRemembered() {
        for (int i = 0; i < 3 * RateLimit.MAX_PLACES; i++) {
            assertThat(limit.take("place " + i)).isTrue();
        }
        assertThat(limit.places()).isEqualTo(RateLimit.MAX_PLACES);
    }
}
