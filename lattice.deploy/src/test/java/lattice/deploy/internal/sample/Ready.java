package lattice.deploy.internal.sample;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Starts as it should and offers a service. */
public final class Ready implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        context.registerService(Runnable.class, () -> { }, null);
    }

    @Override
    public void stop(BundleContext context) {
        // The service goes with the bundle.
    }
}
