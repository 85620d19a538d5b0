package lattice.itest.registry;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.ServiceId;
import lattice.api.node.InstanceState;
import lattice.api.node.NodeStatus;
import lattice.api.node.ServiceStatus;
import lattice.api.store.Key;
import lattice.api.store.Store;
import lattice.consent.ConsentDesk;
import lattice.consent.ConsentFirewall;
import lattice.consent.ConsentValue;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposals;
import lattice.itest.probe.Probe;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.kernel.node.NodeReady;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/** Plays the owner of the node that the tests run in, and cleans up after itself. */
public final class Owner implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    public final Node node;
    final MetaStore meta;
    public final NodeStatus status;
    final Proposals proposals;
    final ConsentDesk desk;
    final ConsentFirewall firewall;
    final DecisionLedger ledger;
    public final ConfigurationAdmin configurations;
    public final Store root;

    private final BundleContext context;
    private final List<Bundle> bundles = new ArrayList<>();
    private final List<String> declared = new ArrayList<>();

    public Owner(BundleContext context) {
        this.context = context;
        service(NodeReady.class);
        node = service(Node.class);
        meta = service(MetaStore.class);
        status = service(NodeStatus.class);
        proposals = service(Proposals.class);
        desk = service(ConsentDesk.class);
        firewall = service(ConsentFirewall.class);
        ledger = service(DecisionLedger.class);
        configurations = service(ConfigurationAdmin.class);
        root = node.rootStore();
    }

    /** The same owner, after parts of the node were started anew. */
    Owner(BundleContext context, Owner before) {
        this(context);
        bundles.addAll(before.bundles);
        declared.addAll(before.declared);
    }

    public <T> T service(Class<T> type) {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        try {
            T service = tracker.waitForService(PATIENCE.toMillis());
            if (service == null) {
                throw new AssertionError("No " + type.getName() + " within " + PATIENCE.toSeconds() + " s.");
            }
            return service;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Installs and starts a bundle with a provider; returns its service. */
    public String deploy(String symbolicName) throws Exception {
        deploy(symbolicName, ProviderBundle.service(symbolicName), "itest:" + symbolicName, "{}");
        return ProviderBundle.service(symbolicName);
    }

    Bundle deploy(String symbolicName, String service, String location, String acl) throws Exception {
        Bundle bundle = context.installBundle(location, ProviderBundle.jar(symbolicName, service, acl));
        bundles.add(bundle);
        bundle.start();
        return bundle;
    }

    Bundle bundle(String symbolicName) {
        return bundles.stream().filter(bundle -> bundle.getSymbolicName().equals(symbolicName)
                && bundle.getState() != Bundle.UNINSTALLED).findFirst().orElseThrow();
    }

    void declare(String service, String declaration) {
        declared.add(service);
        root.put(place(service), declaration);
    }

    /** Has a service undeclared at the end that the test declares by other means. */
    void declaredByHand(String service) {
        declared.add(service);
    }

    public void declareGlobal(String service, String config) {
        declare(service, "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":" + config + "}");
    }

    public void consent(String service, ConsentValue value) throws IOException {
        desk.decide(value, proposals.proposal(root.id(), new ServiceId(service)), "the test");
    }

    /** The instance when it is where it should be; empty if it is not declared. */
    Optional<ServiceStatus> settled(String service) throws InterruptedException {
        return proposals.settle(root.id(), new ServiceId(service), PATIENCE);
    }

    public ServiceStatus await(String service, InstanceState state) throws InterruptedException {
        return await(service, each -> each.state() == state);
    }

    public ServiceStatus await(String service, Predicate<ServiceStatus> condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<ServiceStatus> now = settled(service);
            if (now.filter(condition).isPresent()) {
                return now.get();
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Still " + now);
            }
            Thread.sleep(10);
        }
    }

    /** The configurations of consents, as text. */
    List<String> consents() throws Exception {
        Configuration[] listed = configurations.listConfigurations("(service.factoryPid=lattice.consent)");
        return Stream.of(listed == null ? new Configuration[0] : listed)
                .map(each -> each.getPid() + each.getChangeCount() + firewall.entry(root.id(),
                        new ServiceId(String.valueOf(each.getProperties().get("service")))))
                .sorted().toList();
    }

    public Probe probe(String symbolicName) {
        return Probe.of(symbolicName);
    }

    static Key place(String service) {
        return new Key("/services/" + service + "/config");
    }

    @Override
    public void close() throws Exception {
        for (String service : declared) {
            root.delete(place(service));
        }
        for (Bundle bundle : bundles) {
            try {
                bundle.uninstall();
            } catch (IllegalStateException | BundleException e) {
                if (bundle.getState() != Bundle.UNINSTALLED) {
                    throw e;
                }
            }
        }
        Configuration[] listed = configurations.listConfigurations("(service.factoryPid=lattice.consent)");
        for (Configuration configuration : listed == null ? new Configuration[0] : listed) {
            configuration.delete();
        }
    }
}
