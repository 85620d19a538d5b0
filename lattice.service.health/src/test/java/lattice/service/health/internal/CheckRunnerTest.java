package lattice.service.health.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.Result.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CheckRunnerTest {
    private static final Result FINE = new Result(Status.OK, "Fine.");

    @Test
    void aCheckThatThrowsIsAnErrorOfItsOwn() throws Exception {
        try (CheckRunner runner = runner(Duration.ofSeconds(10), () -> {
            throw new IllegalStateException("on purpose");
        }, () -> FINE)) {
            Report report = runner.run();
            assertThat(report.findings()).extracting(Finding::status).containsExactly(Status.HEALTH_CHECK_ERROR, Status.OK);
            assertThat(report.findings().get(0).problems()).singleElement().asString().contains("on purpose");
            assertThat(report.status()).isEqualTo(Status.HEALTH_CHECK_ERROR);
            assertThat(report.ready()).isFalse();
        }
    }

    @Test
    void aCheckThatHangsIsReportedRunsOnceAndHoldsUpNoOther() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AtomicInteger starts = new AtomicInteger();
        HealthCheck hanging = () -> {
            starts.incrementAndGet();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            released.countDown();
            return FINE;
        };
        try (CheckRunner runner = runner(Duration.ofMillis(200), hanging, () -> FINE)) {
            for (int i = 0; i < 3; i++) {
                assertThat(runner.run().findings()).extracting(Finding::status)
                        .containsExactly(Status.HEALTH_CHECK_ERROR, Status.OK);
            }
            assertThat(starts).hasValue(1);
            release.countDown();
            released.await();
            Report report = runner.run();
            for (int i = 0; i < 100 && report.status() != Status.OK; i++) {
                report = runner.run();
            }
            assertThat(report.status()).isEqualTo(Status.OK);
        }
    }

    private static CheckRunner runner(Duration patience, HealthCheck first, HealthCheck second) {
        List<NamedCheck> checks = List.of(new NamedCheck("first", first), new NamedCheck("second", second));
        return new CheckRunner(() -> checks, patience, InstantSource.system());
    }
}
