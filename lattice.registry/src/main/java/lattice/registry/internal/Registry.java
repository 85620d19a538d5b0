package lattice.registry.internal;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.node.NodeStatus;
import lattice.api.node.ServiceStatus;
import lattice.api.service.ServiceProvider;
import lattice.api.store.StoreStatus;
import lattice.consent.ConsentFirewall;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.consent.Proposals;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.kernel.node.NodeReady;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.DeclarationsWatch;
import lattice.registry.internal.isolation.Isolations;
import lattice.registry.internal.isolation.OwnersIsolation;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.ProviderTracker;
import lattice.registry.internal.reconcile.Reconciler;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.internal.reconcile.Tuning;
import lattice.registry.internal.status.BootWatch;
import lattice.registry.internal.status.NodeTags;
import lattice.registry.internal.status.StatusPublisher;
import lattice.registry.process.ProcessIsolation;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The registry of this node, put together: watches what is declared, what is consented to and what is offered, keeps
 * the reconciler going, and answers for what runs.
 */
@Component(service = { Registry.class, NodeStatus.class, Proposals.class }, immediate = true,
        configurationPid = "lattice.registry")
@Designate(ocd = RegistryConfig.class)
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"lattice.kernel.node.NodeReady\"")
public final class Registry implements NodeStatus, Proposals {
    private static final Duration STATUS_FLUSH = Duration.ofSeconds(2);
    private static final Duration PASS = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofSeconds(2);

    private final BundleContext context;
    private final Node node;
    private final NodeTags tags;
    private final Declarations declarations;
    private final ProviderTracker providers;
    private final DeclarationsWatch watch;
    private final StatusPublisher publisher;
    private final Reconciler reconciler;
    private final BootWatch boot;
    private final ConsentFirewall.Listening consentChanges;
    private final NodeTags.Listening tagChanges;
    private final SynchronousBundleListener frameworkStops;
    private final FrameworkListener frameworkStarts;
    private volatile Tuning tuning;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicReference<Boot> progress = new AtomicReference<>(Boot.STARTING);
    private volatile Optional<ServiceRegistration<NodeReady>> ready = Optional.empty();

    private enum Boot {
        /** Bundles are being started. */
        STARTING,
        /** They are started; the next pass considers all that is here. */
        STARTED,
        /** That pass is done. */
        READY
    }

    @Activate
    public Registry(BundleContext context, RegistryConfig config, @Reference Node node, @Reference MetaStore meta,
            @Reference ConsentFirewall firewall, @Reference DecisionLedger ledger, @Reference NodeTags tags) {
        this.context = context;
        this.node = node;
        this.tags = tags;
        this.tuning = RegistryConfig.Reading.tuning(config);
        this.boot = new BootWatch(context);
        this.declarations = new Declarations(meta, node.id());
        this.publisher = new StatusPublisher(node.id(), node.rootStore());
        this.providers = new ProviderTracker(context, this::trigger, this::leaving);
        this.reconciler = new Reconciler(node, this, meta, declarations, providers, firewall, ledger, tags::get,
                () -> tuning, this::passed, Clock.systemUTC(),
                new Isolations(new OwnersIsolation(meta), this::processIsolation));
        this.watch = new DeclarationsWatch(node.rootStore(), reconciler::trigger);
        this.consentChanges = firewall.onChange(reconciler::trigger);
        this.tagChanges = tags.onChange(reconciler::trigger);
        this.frameworkStops = event -> {
            if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() == 0) {
                stop();
            }
        };
        this.frameworkStarts = event -> {
            if (event.getType() == FrameworkEvent.STARTED) {
                trigger();
            }
        };
        context.addBundleListener(frameworkStops);
        context.addFrameworkListener(frameworkStarts);
        providers.open();
        watch.ensure();
        reconciler.start();
    }

    @Modified
    void modified(RegistryConfig config) {
        tuning = RegistryConfig.Reading.tuning(config);
        reconciler.trigger();
    }

    @Deactivate
    void deactivate() {
        stop();
    }

    /** Closes all instances and ends; takes a bounded time, and has no effect a second time. */
    private void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        reconciler.close();
        consentChanges.close();
        tagChanges.close();
        watch.close();
        providers.close();
        try {
            publisher.flush(STATUS_FLUSH);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (context.getBundle(0).getState() != Bundle.STOPPING) {
            ready.ifPresent(ServiceRegistration::unregister);
            context.removeBundleListener(frameworkStops);
            context.removeFrameworkListener(frameworkStarts);
        }
    }

    private Optional<ProcessIsolation> processIsolation() {
        return Optional.ofNullable(context.getServiceReference(ProcessIsolation.class)).map(context::getService);
    }

    private void trigger() {
        reconciler.trigger();
    }

    private void leaving(ServiceReference<ServiceProvider> reference) {
        reconciler.leaving(reference);
    }

    /** On the reconciler's thread, after each pass. */
    private void passed(SortedMap<InstanceKey, ServiceView> views) {
        watch.ensure();
        publisher.publish(views);
        if (progress.get() == Boot.STARTED && !stopped.get()) {
            progress.set(Boot.READY);
            ready = Optional.of(context.registerService(NodeReady.class, new NodeReady() { }, null));
        } else if (progress.get() == Boot.STARTING && boot.isOver()) {
            progress.set(Boot.STARTED);
            trigger();
        }
    }

    /** All instances as the last pass left them. */
    public SortedMap<InstanceKey, ServiceView> view() {
        return reconciler.view();
    }

    /**
     * The same after a pass that sees all that was done before this call, and after what has only just begun to start
     * or stop has had a moment for it.
     */
    public SortedMap<InstanceKey, ServiceView> freshView() throws InterruptedException {
        reconciler.pass(PASS);
        reconciler.quiet(MOMENT);
        return reconciler.view();
    }

    /** The providers that are here, by service. */
    public SortedMap<ServiceId, List<Provider>> offered() {
        return providers.all();
    }

    /** What would be wrong with a declaration's dependencies, if anything would. */
    public Optional<String> cycle(InstanceKey key, Declaration declaration) {
        return reconciler.cycle(key, declaration);
    }

    public Declarations declarations() {
        return declarations;
    }

    public SortedSet<String> tags() {
        return tags.get();
    }

    public Node node() {
        return node;
    }

    @Override
    public Proposal proposal(StoreId mesh, ServiceId service) {
        try {
            reconciler.pass(PASS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return reconciler.proposal(new InstanceKey(mesh, service));
    }

    @Override
    public List<Proposal> proposals(StoreId mesh) {
        try {
            reconciler.pass(PASS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        SortedSet<ServiceId> services = new TreeSet<>(providers.all().keySet());
        reconciler.view().keySet().stream().filter(key -> key.mesh().equals(mesh)).map(InstanceKey::service)
                .forEach(services::add);
        return services.stream().map(service -> reconciler.proposal(new InstanceKey(mesh, service))).toList();
    }

    @Override
    public Optional<ServiceStatus> settle(StoreId mesh, ServiceId service, Duration atMost)
            throws InterruptedException {
        return reconciler.settle(new InstanceKey(mesh, service), atMost).map(ServiceView::status);
    }

    @Override
    public NodeId id() {
        return node.id();
    }

    @Override
    public Path home() {
        return node.home();
    }

    @Override
    public long uptimeMillis() {
        return node.uptimeMillis();
    }

    @Override
    public ClockStatus clock() {
        return node.clock();
    }

    @Override
    public List<StoreStatus> stores() {
        return node.storeStatus();
    }

    @Override
    public List<ServiceStatus> services() {
        return reconciler.view().values().stream().map(ServiceView::status).toList();
    }
}
