package lattice.service.health.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import lattice.api.node.InstanceState;
import lattice.api.node.ServiceStatus;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;

/** Whether the services that should run here do. One that its owner refused, or has not been asked about, should not. */
final class ServicesCheck implements HealthCheck {
    private final Supplier<List<ServiceStatus>> services;
    private final InstantSource clock;
    private final Duration grace;

    ServicesCheck(Supplier<List<ServiceStatus>> services, InstantSource clock, Duration grace) {
        this.services = services;
        this.clock = clock;
        this.grace = grace;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        Instant late = clock.instant().minus(grace);
        List<ServiceStatus> declared = services.get();
        // A log without an entry counts as a warning.
        log.debug("{} declared.", declared.size());
        for (ServiceStatus service : declared) {
            log.debug("{}: {} since {}.", service.service(), service.state(), service.since());
            switch (service.state()) {
                case FAILED -> log.critical("{} failed: {}", service.service(), service.reason());
                case BACKING_OFF -> log.temporarilyUnavailable("{} fails and is tried again: {}", service.service(),
                        service.reason());
                case INVALID -> log.warn("{} can't run as declared: {}", service.service(), service.reason());
                case WAITING, STARTING, STOPPING -> {
                    if (service.since().isBefore(late)) {
                        log.warn("{} has been {} for more than {} s: {}", service.service(), words(service.state()),
                                grace.toSeconds(), service.reason());
                    }
                }
                case DECLARED, AWAITING_CONSENT, REFUSED, RUNNING, STOPPED -> { }
            }
        }
        return new Result(log);
    }

    private static String words(InstanceState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
