package lattice.service.health.internal;

import java.util.List;
import java.util.function.Supplier;
import lattice.api.store.StoreStatus;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;

/** Whether the stores take writes, and their views keep up with their logs. */
final class StoreCheck implements HealthCheck {
    private final Supplier<List<StoreStatus>> stores;
    private final HealthSettings.Limits lag;

    StoreCheck(Supplier<List<StoreStatus>> stores, HealthSettings.Limits lag) {
        this.stores = stores;
        this.lag = lag;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        List<StoreStatus> all = stores.get();
        // A log without an entry counts as a warning.
        log.debug("{} open.", all.size());
        for (StoreStatus store : all) {
            log.debug("{}: revision {}, view {} behind, log {} of which {} are kept, state {}, view {}.", store.name(),
                    store.position().revision(), store.lag(), FormattingResultLog.bytesHumanReadable(store.logBytes()),
                    FormattingResultLog.bytesHumanReadable(Math.min(store.logBytes(), store.retainedLogBytes())),
                    FormattingResultLog.bytesHumanReadable(store.stateBytes()),
                    FormattingResultLog.bytesHumanReadable(store.viewBytes()));
            store.lastReading().ifPresent(reading -> log.debug("{}: read through at {}, {}.", store.name(), reading.at(),
                    reading.damaged() == 0 ? "sound" : reading.damaged() + " damaged place(s), " + reading.repaired()
                            + " of them repaired"));
            if (!store.writable()) {
                log.critical("Store {} can't be written: {}", store.name(),
                        store.problem().orElse("it does not say why; see the log of the node."));
            } else if (store.problem().isPresent()) {
                log.warn("{}", store.problem().get());
            }
            if (store.lag() > lag.critical()) {
                log.critical("The view of store {} is more than {} commits behind its log.", store.name(), lag.critical());
            } else if (store.lag() > lag.warn()) {
                log.warn("The view of store {} is more than {} commits behind its log.", store.name(), lag.warn());
            }
        }
        return new Result(log);
    }
}
