package lattice.service.health.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import lattice.api.store.Key;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import org.apache.felix.hc.api.Result;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the summary of a node's health in the store for others to see. It writes when something changed, never because time
 * has passed: what gets worse at once, what gets better or is only said differently after a quiet while, so that a figure
 * that hovers about its limit does not fill the log of every node.
 */
final class SummaryPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(SummaryPublisher.class);

    private final Store store;
    private final Key key;
    private final Duration quiet;
    private List<Finding> published = List.of();
    private Result.Status status = Result.Status.OK;
    private Instant at = Instant.MIN;
    private String lastFailure = "";

    SummaryPublisher(Store store, Key key, Duration quiet) {
        this.store = store;
        this.key = key;
        this.quiet = quiet;
    }

    /** Publishes what a round of checks found, if that is news. */
    void offer(Report report) {
        List<Finding> findings = report.steady();
        boolean first = at.equals(Instant.MIN);
        boolean worse = report.status().compareTo(status) > 0;
        if (findings.equals(published) || !first && !worse && report.at().isBefore(at.plus(quiet))) {
            return;
        }
        try {
            store.put(key, Json.summary(report.status(), report.at(), findings));
            published = findings;
            status = report.status();
            at = report.at();
            lastFailure = "";
        } catch (StoreException e) {
            // A store that takes no writes is among what is checked; the next round tries again.
            if (!lastFailure.equals(e.getMessage())) {
                lastFailure = e.getMessage();
                LOG.warn("The health of this node can't be published: {}", e.getMessage());
            }
        }
    }

    /** Takes the summary away: nobody looks at this node's health any more, so nobody should read an old one. */
    void withdraw() {
        try {
            store.delete(key);
        } catch (StoreException e) {
            LOG.warn("The last summary of this node's health stays in the store: {}", e.getMessage());
        }
    }
}
