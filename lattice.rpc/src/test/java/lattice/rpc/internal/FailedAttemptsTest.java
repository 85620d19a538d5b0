package lattice.rpc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FailedAttemptsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final FailedAttempts failures = new FailedAttempts(Limits.standard(), nanos::get);
    private final Peer peer = new Peer("uid 1000", "pid 1 uid 1000");

    private long answered(Peer who, int attempts) {
        return IntStream.range(0, attempts).filter(i -> failures.failed(who, "call", "on purpose")).count();
    }

    @Test
    void aPeerHasSomeAtOnceAndThenOneASecond() {
        assertThat(answered(peer, 1000)).isEqualTo(20);
        nanos.addAndGet(3_000_000_000L);
        assertThat(answered(peer, 1000)).isEqualTo(3);
        nanos.addAndGet(3_600_000_000_000L);
        assertThat(answered(peer, 1000)).isEqualTo(20);
    }

    @Test
    void onePeerDoesNotUseUpAnothers() {
        answered(peer, 1000);
        assertThat(answered(new Peer("uid 1001", "pid 2 uid 1001"), 5)).isEqualTo(5);
    }
}
