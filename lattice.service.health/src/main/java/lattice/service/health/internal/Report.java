package lattice.service.health.internal;

import java.time.Instant;
import java.util.List;
import org.apache.felix.hc.api.Result;

/**
 * What a round of checks found.
 *
 * @param at when it ended
 * @param findings one for each check
 */
record Report(Instant at, List<Finding> findings) {
    /** The worst that was found. */
    Result.Status status() {
        return findings.stream().map(Finding::status).max(Enum::compareTo).orElse(Result.Status.OK);
    }

    /** Whether the node does its work. A warning is for people, and no reason to take the node out of use. */
    boolean ready() {
        return status().compareTo(Result.Status.WARN) <= 0;
    }

    /** The findings without what changes all the time. */
    List<Finding> steady() {
        return findings.stream().map(Finding::steady).toList();
    }
}
