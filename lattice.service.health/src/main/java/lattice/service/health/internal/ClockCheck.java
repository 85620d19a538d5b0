package lattice.service.health.internal;

import java.time.Duration;
import java.util.function.Supplier;
import lattice.api.node.ClockStatus;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;

/** Whether the node's clock can be trusted. */
final class ClockCheck implements HealthCheck {
    private final Supplier<ClockStatus> clock;
    private final Duration ahead;

    ClockCheck(Supplier<ClockStatus> clock, Duration ahead) {
        this.clock = clock;
        this.ahead = ahead;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        ClockStatus status = clock.get();
        log.debug("Last reading {}, {} ahead of the wall clock.", status.last().instant(),
                FormattingResultLog.msHumanReadable(status.ahead().toMillis()));
        if (status.problem().isPresent()) {
            log.critical("{}", status.problem().get());
        } else if (status.ahead().compareTo(ahead) > 0) {
            log.warn("What this node has seen is more than {} s ahead of its own clock: "
                    + "a clock in the mesh is wrong, perhaps this one.", ahead.toSeconds());
        }
        return new Result(log);
    }
}
