package lattice.service.health.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** What a probe is answered. */
final class Probes {
    private final Supplier<Optional<Report>> last;
    private final InstantSource clock;
    private final Duration overdue;
    private final Instant started;

    /** @param overdue how old the last report may be before the node counts as stuck */
    Probes(Supplier<Optional<Report>> last, InstantSource clock, Duration overdue) {
        this.last = last;
        this.clock = clock;
        this.overdue = overdue;
        this.started = clock.instant();
    }

    /**
     * An answer over HTTP.
     *
     * @param ok whether to answer 200 or 503
     * @param json the body
     */
    record Answer(boolean ok, byte[] json) {
    }

    /** Whether the node is alive: rounds of checks are still being made. */
    Answer liveness() {
        Instant latest = last.get().map(Report::at).orElse(started);
        boolean alive = latest.plus(overdue).isAfter(clock.instant());
        return new Answer(alive, Json.status(alive ? "alive" : "stuck"));
    }

    /** Whether the node does its work, and what every check found. */
    Answer readiness() {
        return last.get().map(report -> new Answer(report.ready(), Json.detail(report)))
                .orElseGet(() -> new Answer(false, Json.status("not checked yet")));
    }
}
