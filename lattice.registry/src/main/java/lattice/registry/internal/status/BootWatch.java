package lattice.registry.internal.status;

import java.time.Duration;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Tells whether the bundles of the node have started, so that the first look at what is here is not taken as all there is.
 * A bundle that can't start does not hold the node up: after a while it counts as started.
 */
public final class BootWatch {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final BundleContext context;
    private final long since = System.nanoTime();

    public BootWatch(BundleContext context) {
        this.context = context;
    }

    public boolean isOver() {
        return System.nanoTime() - since > PATIENCE.toNanos() || allStarted();
    }

    private boolean allStarted() {
        for (Bundle bundle : context.getBundles()) {
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            boolean fragment = revision != null && (revision.getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
            boolean started = bundle.getState() == Bundle.ACTIVE || bundle.getState() == Bundle.STARTING;
            if (!fragment && !started) {
                return false;
            }
        }
        return true;
    }
}
