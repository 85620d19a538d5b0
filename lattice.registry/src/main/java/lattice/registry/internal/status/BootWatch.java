package lattice.registry.internal.status;

import java.time.Duration;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * Tells whether the framework has started all the bundles that it was told to, so that the first look at what is here
 * is not taken for all there is. A bundle that takes for ever to start does not hold the node up.
 */
public final class BootWatch {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final BundleContext context;
    private final long since = System.nanoTime();

    public BootWatch(BundleContext context) {
        this.context = context;
    }

    public boolean isOver() {
        return context.getBundle(0).getState() == Bundle.ACTIVE || System.nanoTime() - since > PATIENCE.toNanos();
    }
}
