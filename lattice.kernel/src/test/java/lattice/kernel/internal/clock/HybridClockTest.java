package lattice.kernel.internal.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import lattice.api.store.HybridTime;
import lattice.api.store.StoreException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class HybridClockTest {
    private static final long NOW = 1_900_000_000_000L;
    private static final long BOUND = HybridClock.BOUND.toMillis();

    private final AtomicLong wall = new AtomicLong(NOW);
    private final HybridClock clock = new HybridClock(wall::get);

    @Property
    void readingsGrowWhateverTheWallClockDoesWithinTheBound(
            @ForAll List<@LongRange(min = -100_000, max = 100_000) Long> steps) {
        AtomicLong time = new AtomicLong(NOW);
        HybridClock own = new HybridClock(time::get);
        HybridTime last = own.next();
        long highest = NOW;
        for (long step : steps) {
            time.set(Math.max(highest - BOUND, NOW + step));
            highest = Math.max(highest, time.get());
            HybridTime next = own.next();
            assertThat(next).isGreaterThan(last);
            last = next;
        }
    }

    @Test
    void anotherNodesTimeIsFollowedUpToTheBoundAndNoFurther() {
        HybridTime near = HybridTime.ofMillis(NOW + BOUND);
        clock.observe(near);
        assertThat(clock.next()).isGreaterThan(near);
        HybridTime far = HybridTime.ofMillis(NOW + BOUND + 1);
        assertThat(clock.hasCome(far)).isFalse();
        clock.observe(far);
        assertThat(clock.next()).isLessThan(far);
        wall.addAndGet(1);
        assertThat(clock.hasCome(far)).isTrue();
    }

    @Test
    void aWallClockThatIsPlainlyWrongGivesNoReadings() {
        clock.next();
        wall.set(NOW - BOUND - 1);
        assertRefused();
        assertThat(clock.status().problem()).isPresent();
        wall.set(NOW);
        assertThat(clock.status().problem()).isEmpty();
        clock.next();
        wall.set(0);
        assertRefused();
    }

    private void assertRefused() {
        assertThatThrownBy(clock::next).isInstanceOfSatisfying(StoreException.class, e -> {
            assertThat(e.code()).isEqualTo(StoreException.Code.CLOCK);
            assertThat(e.getMessage()).contains("set the clock");
        });
    }
}
