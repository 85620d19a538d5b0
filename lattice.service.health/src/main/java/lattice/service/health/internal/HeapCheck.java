package lattice.service.health.internal;

import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;

/**
 * Whether the heap is large enough. What counts is what the last garbage collection could not free: between two
 * collections a heap fills up whether or not it is too small.
 */
final class HeapCheck implements HealthCheck {
    private final List<MemoryPoolMXBean> pools;
    private final long maxBytes;
    private final HealthSettings.Limits usedPercent;

    HeapCheck(List<MemoryPoolMXBean> pools, long maxBytes, HealthSettings.Limits usedPercent) {
        this.pools = List.copyOf(pools);
        this.maxBytes = maxBytes;
        this.usedPercent = usedPercent;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        long live = 0;
        for (MemoryPoolMXBean pool : pools) {
            if (pool.getType() == MemoryType.HEAP) {
                MemoryUsage collected = pool.getCollectionUsage();
                live += (collected == null ? pool.getUsage() : collected).getUsed();
            }
        }
        int percent = (int) (100.0 * live / maxBytes);
        log.debug("{} of {} in use after the last collection ({} %).", FormattingResultLog.bytesHumanReadable(live),
                FormattingResultLog.bytesHumanReadable(maxBytes), percent);
        if (percent > usedPercent.critical()) {
            log.critical("More than {} % of the heap stays in use: give the node more with -Xmx.", usedPercent.critical());
        } else if (percent > usedPercent.warn()) {
            log.warn("More than {} % of the heap stays in use.", usedPercent.warn());
        }
        return new Result(log);
    }
}
