package lattice.service.health.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import lattice.api.store.Key;
import lattice.testkit.InMemoryStore;
import org.apache.felix.hc.api.Result.Status;
import org.junit.jupiter.api.Test;

final class SummaryPublisherTest {
    private static final Key KEY = new Key("/nodes/n/health");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final InMemoryStore store = new InMemoryStore();
    private final SummaryPublisher publisher = new SummaryPublisher(store, KEY, Duration.ofSeconds(60));

    @Test
    void theFirstSummaryIsPublishedWithItsProblems() throws Exception {
        publisher.offer(report(0, Status.WARN, "Nearly full.", "9.1 GB"));
        JsonNode summary = new ObjectMapper().readTree(store.get(KEY).orElseThrow().value());
        assertThat(summary).isEqualTo(new ObjectMapper().readTree("""
                {"v": 1, "status": "WARN", "since": "2026-01-01T00:00:00Z",
                 "checks": [{"name": "disk", "status": "WARN", "problems": ["Nearly full."]}]}
                """));
    }

    @Test
    void figuresThatChangeAreNoNews() {
        publisher.offer(report(0, Status.OK, null, "9.1 GB"));
        publisher.offer(report(10, Status.OK, null, "9.0 GB"));
        publisher.offer(report(1000, Status.OK, null, "8.9 GB"));
        assertThat(writes()).isEqualTo(1);
    }

    @Test
    void whatGetsWorseIsPublishedAtOnceAndWhatGetsBetterAfterAWhile() {
        publisher.offer(report(0, Status.OK, null, ""));
        publisher.offer(report(1, Status.CRITICAL, "Full.", ""));
        assertThat(writes()).isEqualTo(2);
        publisher.offer(report(2, Status.OK, null, ""));
        publisher.offer(report(3, Status.CRITICAL, "Full.", ""));
        publisher.offer(report(4, Status.OK, null, ""));
        assertThat(writes()).isEqualTo(2);
        publisher.offer(report(62, Status.OK, null, ""));
        assertThat(writes()).isEqualTo(3);
        assertThat(store.get(KEY).orElseThrow().text()).contains("\"OK\"");
    }

    @Test
    void whatCouldNotBeWrittenIsTriedAgain() {
        store.unavailable("The disk is full.");
        publisher.offer(report(0, Status.CRITICAL, "Full.", ""));
        assertThat(store.get(KEY)).isEmpty();
        store.available();
        publisher.offer(report(10, Status.CRITICAL, "Full.", ""));
        assertThat(store.get(KEY)).isPresent();
    }

    @Test
    void aSummaryIsWithdrawn() {
        publisher.offer(report(0, Status.OK, null, ""));
        publisher.withdraw();
        assertThat(store.get(KEY)).isEmpty();
    }

    private int writes() {
        return store.history(KEY, 100).size();
    }

    private static Report report(int second, Status status, String problem, String detail) {
        return new Report(START.plusSeconds(second),
                List.of(new Finding("disk", status, problem == null ? List.of() : List.of(problem), List.of(detail))));
    }
}
