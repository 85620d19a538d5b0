package lattice.shell.internal.session;

import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stops the node. */
@Component(service = NodeExit.class)
public final class NodeExit {
    /** The system property that holds the exit code for the launcher. */
    public static final String CODE = "lattice.exit.code";

    private static final Logger LOG = LoggerFactory.getLogger(NodeExit.class);

    private final BundleContext context;
    private volatile boolean requested;

    @Activate
    public NodeExit(BundleContext context) {
        this.context = context;
    }

    /** Begins to stop the node and returns. */
    public void request() {
        requested = true;
        try {
            context.getBundle(Constants.SYSTEM_BUNDLE_ID).stop();
        } catch (BundleException e) {
            LOG.error("The framework refused to stop.", e);
        }
    }

    /** Whether the node was asked to stop by this shell. */
    public boolean requested() {
        return requested;
    }
}
