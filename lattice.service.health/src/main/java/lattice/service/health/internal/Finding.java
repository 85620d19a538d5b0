package lattice.service.health.internal;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.ResultLog;

/**
 * What a check found.
 *
 * @param check its name
 * @param status how it is
 * @param problems a steady sentence each
 * @param details figures, which change all the time
 */
record Finding(String check, Result.Status status, List<String> problems, List<String> details) {
    static Finding of(String check, Result result) {
        List<String> problems = new ArrayList<>();
        List<String> details = new ArrayList<>();
        for (ResultLog.Entry entry : result) {
            (entry.isDebug() || entry.getStatus() == Result.Status.OK ? details : problems).add(entry.getMessage());
        }
        return new Finding(check, result.getStatus(), List.copyOf(problems), List.copyOf(details));
    }

    static Finding error(String check, String problem) {
        return new Finding(check, Result.Status.HEALTH_CHECK_ERROR, List.of(problem), List.of());
    }

    /** What does not change unless the node's health does. */
    Finding steady() {
        return new Finding(check, status, problems, List.of());
    }
}
