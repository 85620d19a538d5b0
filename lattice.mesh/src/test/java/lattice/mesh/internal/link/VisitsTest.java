package lattice.mesh.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VisitsTest {
    private final Visits visits = new Visits((peer, mesh, from) -> {
        throw new AssertionError("Nobody speaks here.");
    }, (seconds, action) -> { });

    @AfterEach
    void close() {
        visits.close();
    }

    @Test
    void fromAllPlacesTogetherOnlySoManyVisitAtOnce() {
        long begun = IntStream.range(0, 1_000).filter(i -> visits.begin("place " + i)).count();

        assertThat(begun).isEqualTo(Visits.MAX_VISITS);
        assertThat(visits.begin("one more")).isFalse();
        visits.over("place 0");
        assertThat(visits.begin("one more")).isTrue();
    }
}
