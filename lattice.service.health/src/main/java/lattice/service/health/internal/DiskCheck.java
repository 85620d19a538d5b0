package lattice.service.health.internal;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;

/** Whether the disk under the node home has room. */
final class DiskCheck implements HealthCheck {
    private final Path home;
    private final HealthSettings.Limits freePercent;

    DiskCheck(Path home, HealthSettings.Limits freePercent) {
        this.home = home;
        this.freePercent = freePercent;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        try {
            FileStore disk = Files.getFileStore(home);
            long usable = disk.getUsableSpace();
            long total = disk.getTotalSpace();
            int percent = total == 0 ? 100 : (int) (100.0 * usable / total);
            log.debug("{} of {} free ({} %).", FormattingResultLog.bytesHumanReadable(usable),
                    FormattingResultLog.bytesHumanReadable(total), percent);
            if (percent < freePercent.critical()) {
                log.critical("Less than {} % of the disk under {} is free: make room before writes fail.",
                        freePercent.critical(), home);
            } else if (percent < freePercent.warn()) {
                log.warn("Less than {} % of the disk under {} is free.", freePercent.warn(), home);
            }
        } catch (IOException e) {
            log.healthCheckError("The disk under {} can't be looked at: {}", home, e);
        }
        return new Result(log);
    }
}
