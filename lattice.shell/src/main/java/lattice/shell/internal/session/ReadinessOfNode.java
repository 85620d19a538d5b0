package lattice.shell.internal.session;

import java.util.concurrent.TimeUnit;
import lattice.kernel.node.NodeReady;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.util.tracker.ServiceTracker;

/** Waits for the service that says so. */
@Component
public final class ReadinessOfNode implements Readiness {
    private final ServiceTracker<NodeReady, NodeReady> ready;

    @Activate
    public ReadinessOfNode(BundleContext context) {
        ready = new ServiceTracker<>(context, NodeReady.class, null);
        ready.open();
    }

    @Deactivate
    void close() {
        ready.close();
    }

    @Override
    public boolean await(long seconds) throws InterruptedException {
        return ready.waitForService(TimeUnit.SECONDS.toMillis(seconds)) != null;
    }
}
