package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import lattice.api.store.Store;
import lattice.kernel.internal.backup.Restore;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.store.ActingStore;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.membership.Membership;
import lattice.kernel.replication.ReplicaLog;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the kernel in the home that the framework property {@code lattice.home} names, and registers each store as a
 * service. It takes no configuration from Config Admin, which keeps its own in the meta store.
 */
@Component(service = KernelComponent.class, immediate = true, configurationPolicy = ConfigurationPolicy.IGNORE)
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"lattice.api.store.Store\"")
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"lattice.kernel.replication.ReplicaLog\"")
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"lattice.kernel.membership.Membership\"")
public final class KernelComponent {
    /** Framework property: the node home. */
    static final String HOME = "lattice.home";
    /** Framework property: a backup to put into the home, which must have no node, before it is started. */
    static final String RESTORE = "lattice.restore";

    /** System property: why the node can't start, for whoever started it. */
    static final String FAILURE = "lattice.start.failure";

    private static final Logger LOG = LoggerFactory.getLogger(KernelComponent.class);

    private final OsgiStateMachines machines;
    private final NodeKernel kernel;

    @Activate
    public KernelComponent(BundleContext context) throws IOException {
        String home = context.getProperty(HOME);
        if (home == null || home.isBlank()) {
            IOException missing =
                    new IOException("The framework property '" + HOME + "' must name the node's home directory.");
            report(missing);
            throw missing;
        }
        machines = new OsgiStateMachines(context);
        try {
            String backup = context.getProperty(RESTORE);
            if (backup != null && !backup.isBlank()) {
                Restore.run(Path.of(backup).toAbsolutePath(), Path.of(home).toAbsolutePath());
                LOG.info("Restored {} into {}.", backup, home);
            }
            kernel = new NodeKernel(Path.of(home).toAbsolutePath(), WallClock.SYSTEM, new DiskFiles(), machines,
                    new StoreServices(context), Retention.limits(context::getProperty),
                    CheckpointPolicy.of(context::getProperty));
        } catch (IOException | RuntimeException | Error e) {
            machines.close();
            report(e);
            throw e;
        }
    }

    /** Declarative Services would keep it to themselves. The launcher ends the node with the reason as its last word. */
    private static void report(Throwable cause) {
        System.setProperty(FAILURE, String.valueOf(cause.getMessage()));
        LOG.error("This node can't start: {}", cause.getMessage(), cause);
    }

    NodeKernel kernel() {
        return kernel;
    }

    @Deactivate
    void deactivate() {
        kernel.close();
        machines.close();
    }

    /** Registers stores while they are open. */
    private static final class StoreServices implements NodeKernel.StoreListener {
        private final BundleContext context;
        private final Map<Engine, List<ServiceRegistration<?>>> registered = new ConcurrentHashMap<>();

        StoreServices(BundleContext context) {
            this.context = context;
        }

        @Override
        public void opened(Engine store) {
            Hashtable<String, Object> properties = new Hashtable<>();
            properties.put(Store.ID, store.id().hex());
            properties.put(Store.NAME, store.name());
            registered.put(store, List.of(
                    context.registerService(Store.class, ActingStore.ofNode(store), properties),
                    context.registerService(ReplicaLog.class, store.replica(), properties)));
        }

        @Override
        public void founded(Engine root, Membership membership) {
            Hashtable<String, Object> properties = new Hashtable<>();
            properties.put(Store.ID, root.id().hex());
            registered.computeIfPresent(root, (store, before) -> Stream.concat(before.stream(),
                    Stream.of(context.registerService(Membership.class, membership, properties))).toList());
        }

        @Override
        public void closing(Engine store) {
            for (ServiceRegistration<?> registration : registered.getOrDefault(store, List.of())) {
                try {
                    registration.unregister();
                } catch (IllegalStateException e) {
                    LOG.debug("The framework had unregistered store {} already", store.name(), e);
                }
            }
            registered.remove(store);
        }
    }
}
