package lattice.shell.internal.session;

import java.util.concurrent.TimeUnit;
import lattice.kernel.node.NodeReady;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.util.tracker.ServiceTracker;

/** Knows whether the node is ready, without needing it to be. */
@Component(service = Readiness.class)
public final class Readiness {
    private final ServiceTracker<NodeReady, NodeReady> ready;

    @Activate
    public Readiness(BundleContext context) {
        ready = new ServiceTracker<>(context, NodeReady.class, null);
        ready.open();
    }

    @Deactivate
    void close() {
        ready.close();
    }

    /** Waits until the node is ready, but not longer than that; whether it is. */
    public boolean await(long seconds) throws InterruptedException {
        return ready.waitForService(TimeUnit.SECONDS.toMillis(seconds)) != null;
    }
}
