package lattice.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ClosedLoopTest {
    @Test
    void aTaskOfKnownLengthIsMeasuredAsSuch() throws Exception {
        Timed timed = new ClosedLoop(2, Duration.ofMillis(50), Duration.ofMillis(400)).run(thread -> () -> {
            long end = System.nanoTime() + 5_000_000;
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
        });
        // A loaded machine makes it slower, never faster.
        assertThat(timed.millis(0)).isGreaterThanOrEqualTo(4.99);
        assertThat(timed.operations()).isBetween(2L, 160L);
        assertThat(timed.perSecond()).isCloseTo(timed.operations() / 0.4, Percentage.withPercentage(0.1));
    }

    @Test
    void eachThreadHasATaskOfItsOwn() throws Exception {
        Set<Integer> threads = ConcurrentHashMap.newKeySet();
        new ClosedLoop(8, Duration.ZERO, Duration.ofMillis(50)).run(thread -> () -> threads.add(thread));
        assertThat(threads).hasSize(8);
    }

    @Test
    void whatFailsIsNotMeasured() {
        assertThatThrownBy(() -> new ClosedLoop(2, Duration.ZERO, Duration.ofSeconds(10)).run(thread -> () -> {
            throw new IllegalStateException("on purpose");
        })).hasRootCauseMessage("on purpose");
    }

    @Test
    void twoRunsAddUp() throws Exception {
        Timed one = new ClosedLoop(1, Duration.ZERO, Duration.ofMillis(20)).run(thread -> () -> LockSupport.parkNanos(100_000));
        Timed both = one.plus(one);
        assertThat(both.operations()).isEqualTo(2 * one.operations());
        assertThat(both.perSecond()).isCloseTo(one.perSecond(), within(0.01));
        assertThat(both.nanos().getTotalCount()).isEqualTo(both.operations());
    }
}
