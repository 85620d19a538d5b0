package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AheadTest {
    @Test
    void givesAllInOrder() {
        List<Integer> found = new ArrayList<>();
        try (Ahead<Integer> ahead = new Ahead<>("ahead", IntStream.range(0, 100_000).iterator(), each -> 4)) {
            ahead.forEachRemaining(found::add);
        }
        assertThat(found).containsExactlyElementsOf(IntStream.range(0, 100_000).boxed().toList());
    }

    @Test
    void throwsWhatTheSourceThrowsBehindWhatItGaveBefore() {
        Iterator<Integer> failing = IntStream.range(0, 10).map(n -> {
            if (n == 7) {
                throw new IllegalArgumentException("seven");
            }
            return n;
        }).iterator();
        List<Integer> found = new ArrayList<>();
        try (Ahead<Integer> ahead = new Ahead<>("ahead", failing, each -> 4)) {
            assertThatThrownBy(() -> ahead.forEachRemaining(found::add)).hasMessage("seven");
        }
        assertThat(found).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void isNeverFarAheadAndAsksForNothingOnceClosed() {
        AtomicInteger asked = new AtomicInteger();
        Iterator<Integer> endless = IntStream.generate(asked::incrementAndGet).iterator();
        Ahead<Integer> ahead = new Ahead<>("ahead", endless, each -> 1024 * 1024);
        assertThat(ahead.next()).isEqualTo(1);
        ahead.close();

        int whenClosed = asked.get();
        assertThat(whenClosed).isLessThan(20);
        assertThat(asked.get()).isEqualTo(whenClosed);
    }
}
