package lattice.deploy.internal.sample;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Fails to start. */
public final class Throwing implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        throw new NoClassDefFoundError("on purpose");
    }

    @Override
    public void stop(BundleContext context) {
        // It never started.
    }
}
