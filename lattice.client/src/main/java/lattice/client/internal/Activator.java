package lattice.client.internal;

import lattice.api.store.Store;
import lattice.client.ClientSettings;
import lattice.client.NodeConnection;
import org.osgi.annotation.bundle.Capability;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * In a framework: connects to the node that the environment names, and offers the connection and its store as services. The
 * bundle does not start without them, and what it throws says why.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"lattice.client.NodeConnection,lattice.api.store.Store\"")
public final class Activator implements BundleActivator {
    private NodeConnection connection;

    @Override
    public void start(BundleContext context) {
        connection = NodeConnection.open(ClientSettings.from(System.getenv()));
        context.registerService(NodeConnection.class, connection, null);
        context.registerService(Store.class, connection.store(), null);
    }

    @Override
    public void stop(BundleContext context) {
        connection.close();
    }
}
