package lattice.host.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import lattice.api.service.ServiceConfig;
import lattice.api.service.ServiceProvider;
import lattice.client.NodeConnection;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * Runs the service that the environment names, in a framework that a node started for it. It starts after the bundles that
 * bring services. What keeps it from going on ends the process, with {@link #EXIT_CODE} and {@link #EXIT_REASON} set.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class Host implements BundleActivator {
    /** System properties by which the launcher learns how to end. */
    static final String EXIT_CODE = "lattice.exit.code";
    static final String EXIT_REASON = "lattice.exit.reason";

    private static final int FAILED = 1;
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(3);
    private static final Duration ASK_EVERY = Duration.ofSeconds(5);
    private static final Duration NODE_MAY_BE_AWAY = Duration.ofSeconds(60);

    private final AtomicBoolean ended = new AtomicBoolean();
    private HostedInstance instance;
    private NodeWatchdog watchdog;

    @Override
    public void start(BundleContext context) throws IOException, InvalidSyntaxException {
        HostSettings settings = HostSettings.from(System.getenv());
        ServiceConfig config = ConfigFile.read(settings.config());
        ServiceReference<NodeConnection> connection = context.getServiceReference(NodeConnection.class);
        if (connection == null) {
            // The bundle that should have made it did not start, and says why.
            return;
        }
        NodeConnection node = context.getService(connection);
        ServiceProvider provider = provider(context, settings);
        instance = new HostedInstance(
                hosted -> new HostedContext(settings.service(), config, node.store(),
                        new DistantNode(node.node()), hosted::listens, hosted::failed),
                node::ready, why -> end(context, why), CLOSE_WITHIN);
        watchdog = new NodeWatchdog(node.store(), ASK_EVERY, NODE_MAY_BE_AWAY, why -> end(context, why));
        instance.start(provider);
    }

    private static ServiceProvider provider(BundleContext context, HostSettings settings) throws InvalidSyntaxException {
        ServiceReference<?>[] found = context.getAllServiceReferences(ServiceProvider.class.getName(),
                "(" + ServiceProvider.ID + "=" + settings.service() + ")");
        if (found == null) {
            throw new IllegalStateException("No bundle of this process offers the service " + settings.service() + ".");
        }
        if (found.length > 1) {
            throw new IllegalStateException(found[0].getBundle().getSymbolicName() + " and "
                    + found[1].getBundle().getSymbolicName() + " both offer the service " + settings.service() + ".");
        }
        if (!(context.getService(found[0]) instanceof ServiceProvider provider)) {
            throw new IllegalStateException("The provider of " + settings.service() + " in bundle "
                    + found[0].getBundle().getSymbolicName() + " can't be made, or was built for another lattice.api.");
        }
        return provider;
    }

    /** Stops the framework, once, on a thread of its own: the caller may be the service's. */
    private void end(BundleContext context, String why) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        System.setProperty(EXIT_CODE, Integer.toString(FAILED));
        System.setProperty(EXIT_REASON, why);
        new Thread(() -> {
            try {
                context.getBundle(Constants.SYSTEM_BUNDLE_ID).stop();
            } catch (BundleException e) {
                throw new IllegalStateException("The framework can't be stopped", e);
            }
        }, "lattice-host-end").start();
    }

    @Override
    public void stop(BundleContext context) {
        ended.set(true);
        if (instance != null) {
            watchdog.close();
            instance.close();
        }
    }
}
