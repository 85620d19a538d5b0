package lattice.mesh.internal.link;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices links that are cut: a cut is silent, and what was under way through it is sent again after waits that double, so it may
 * come back as late again as the cut was long. Each end says something now and then; who hears nothing gives the link up, and
 * dials again. gRPC would ask every ten seconds at most.
 */
final class Pulses {
    private static final Logger LOG = LoggerFactory.getLogger(Pulses.class);
    private static final int SAID_EVERY_SECONDS = 2;
    /** What is sent again comes after 3.1 and 6.3 seconds, and then after 12.7: by then the link is another. */
    static final int SILENT_SECONDS = 7;

    /** A link and how to end its connection, at once. */
    private record Pulse(StreamLink link, LastHeard heard, Runnable end) {
    }

    private final Set<Pulse> pulses = ConcurrentHashMap.newKeySet();

    /** @return to be run when the link has ended */
    Runnable watch(StreamLink link, LastHeard heard, Runnable end) {
        Pulse pulse = new Pulse(link, heard, end);
        pulses.add(pulse);
        return () -> pulses.remove(pulse);
    }

    /** To be called each second. */
    void beat() {
        for (Pulse pulse : pulses) {
            try {
                beat(pulse);
            } catch (RuntimeException e) {
                // It ended just now; the others hang on this.
                LOG.debug("The link {} can't be looked after", pulse.link, e);
            }
        }
    }

    private void beat(Pulse pulse) {
        pulse.link.sayIfSilentFor(SAID_EVERY_SECONDS);
        // While this node does not take what came there is no room for more, and it is this node that is silent.
        if (!pulse.link.isBusy() && pulse.heard.isLongerAgoThan(SILENT_SECONDS)) {
            LOG.debug("Nothing has come over the link {} for {} s: it is given up", pulse.link, SILENT_SECONDS);
            pulses.remove(pulse);
            pulse.end.run();
        }
    }
}
