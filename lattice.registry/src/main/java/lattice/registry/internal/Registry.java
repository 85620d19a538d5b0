package lattice.registry.internal;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.node.NodeStatus;
import lattice.api.node.ServiceStatus;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreStatus;
import lattice.consent.ConsentFirewall;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.consent.Proposals;
import lattice.consent.Verdict;
import lattice.kernel.membership.Membership;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.kernel.node.NodeReady;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Declared;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.declaration.OwnersWord;
import lattice.registry.internal.descriptor.Descriptor;
import lattice.registry.internal.descriptor.DescriptorFormat;
import lattice.registry.internal.instance.RunConfig;
import lattice.registry.internal.isolation.Chosen;
import lattice.registry.internal.isolation.Isolations;
import lattice.registry.internal.isolation.OwnersIsolation;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.ProviderTracker;
import lattice.registry.internal.reconcile.Reconciler;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.internal.reconcile.Tuning;
import lattice.registry.internal.schema.ConfigSchema;
import lattice.registry.internal.status.BootWatch;
import lattice.registry.internal.status.NodeTags;
import lattice.registry.process.ProcessIsolation;
import lattice.shell.CommandException;
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
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The registry of this node, put together: a loop for each mesh that the node holds the root store of, and what they have
 * in common: what is consented to, and what is offered. It answers for what runs.
 */
@Component(service = { Registry.class, NodeStatus.class, Proposals.class }, immediate = true,
        configurationPid = "lattice.registry")
@Designate(ocd = RegistryConfig.class)
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"lattice.kernel.node.NodeReady\"")
public final class Registry implements NodeStatus, Proposals {
    private static final Duration PASS = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofSeconds(2);

    private final BundleContext context;
    private final Node node;
    private final MetaStore meta;
    private final ConsentFirewall firewall;
    private final DecisionLedger ledger;
    private final NodeTags tags;
    private final OwnersWord ownersWord;
    private final Isolations isolations;
    private final ProviderTracker providers;
    private final BootWatch boot;
    private final ConsentFirewall.Listening consentChanges;
    private final NodeTags.Listening tagChanges;
    private final SynchronousBundleListener frameworkStops;
    private final FrameworkListener frameworkStarts;
    private final Map<StoreId, MeshLoop> loops = new ConcurrentSkipListMap<>();
    private final Set<StoreId> considered = ConcurrentHashMap.newKeySet();
    private volatile Tuning tuning;

    private volatile Optional<ServiceRegistration<NodeReady>> ready = Optional.empty();

    // Guarded by considered.
    private boolean stopped;
    private boolean becameReady;

    @Activate
    public Registry(BundleContext context, RegistryConfig config, @Reference Node node, @Reference MetaStore meta,
            @Reference ConsentFirewall firewall, @Reference DecisionLedger ledger, @Reference NodeTags tags) {
        this.context = context;
        this.node = node;
        this.meta = meta;
        this.firewall = firewall;
        this.ledger = ledger;
        this.tags = tags;
        this.ownersWord = new OwnersWord(meta);
        this.isolations = new Isolations(new OwnersIsolation(meta), this::processIsolation);
        this.tuning = RegistryConfig.Reading.tuning(config);
        this.boot = new BootWatch(context);
        this.providers = new ProviderTracker(context, this::trigger, this::leaving);
        this.consentChanges = firewall.onChange(this::trigger);
        this.tagChanges = tags.onChange(this::trigger);
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
    }

    /** A root store was opened: the node's own, or that of a mesh that it joined. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindMembership(Membership membership) {
        synchronized (considered) {
            if (!stopped) {
                Mesh mesh = new MemberMesh(node, membership);
                loops.put(mesh.id(), new MeshLoop(mesh, node.id(), new LoopEvents(), tags::get,
                        listener -> reconciler(mesh, listener), membership::onChange));
            }
        }
    }

    /** A root store is about to be closed: nothing of its mesh runs any more when this returns. */
    void unbindMembership(Membership membership) {
        Optional.ofNullable(loops.remove(membership.mesh())).ifPresent(MeshLoop::close);
        becomeReady();
    }

    private Reconciler reconciler(Mesh mesh, Reconciler.Listener listener) {
        return new Reconciler(mesh, () -> viewsElsewhere(mesh.id()), node, this, meta, providers, firewall, ledger,
                tags::get, () -> tuning, listener, Clock.systemUTC(),
                isolations);
    }

    private Stream<ServiceView> viewsElsewhere(StoreId mesh) {
        return loops.entrySet().stream().filter(each -> !each.getKey().equals(mesh))
                .flatMap(each -> each.getValue().reconciler().view().values().stream());
    }

    /** A mesh by the membership that the kernel has of it. */
    private record MemberMesh(Node node, Membership membership) implements Mesh {
        @Override
        public StoreId id() {
            return membership.mesh();
        }

        @Override
        public Optional<Store> rootStore() {
            return node.store(membership.mesh());
        }

        @Override
        public boolean isMember() {
            return membership.isMember(node.id());
        }
    }

    /** What loops tell each other and the node. */
    private final class LoopEvents implements MeshLoop.Events {
        @Override
        public boolean isBooted() {
            return boot.isOver();
        }

        @Override
        public void considered(StoreId mesh) {
            if (considered.add(mesh)) {
                becomeReady();
            }
        }

        @Override
        public void endpointsChanged(StoreId mesh) {
            loops.forEach((other, loop) -> {
                if (!other.equals(mesh)) {
                    loop.reconciler().trigger();
                }
            });
        }
    }

    private void becomeReady() {
        synchronized (considered) {
            if (stopped || becameReady || considered.isEmpty() || !considered.containsAll(loops.keySet())) {
                return;
            }
            becameReady = true;
        }
        ready = Optional.of(context.registerService(NodeReady.class, new NodeReady() { }, null));
    }

    @Modified
    void modified(RegistryConfig config) {
        tuning = RegistryConfig.Reading.tuning(config);
        trigger();
    }

    @Deactivate
    void deactivate() {
        stop();
    }

    /** Closes all instances and ends; takes a bounded time, and has no effect a second time. */
    private void stop() {
        synchronized (considered) {
            if (stopped) {
                return;
            }
            stopped = true;
        }
        loops.values().forEach(loop -> loop.reconciler().beginToClose());
        loops.values().forEach(MeshLoop::close);
        consentChanges.close();
        tagChanges.close();
        providers.close();
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
        loops.values().forEach(loop -> loop.reconciler().trigger());
    }

    private void leaving(ServiceReference<ServiceProvider> reference) {
        trigger();
        loops.values().forEach(loop -> loop.reconciler().leaving(reference));
    }

    private Optional<Reconciler> loop(StoreId mesh) {
        return Optional.ofNullable(loops.get(mesh)).map(MeshLoop::reconciler);
    }

    /** All instances, of all meshes, as the last passes left them. */
    public SortedMap<InstanceKey, ServiceView> view() {
        SortedMap<InstanceKey, ServiceView> all = new TreeMap<>();
        loops.values().forEach(loop -> all.putAll(loop.reconciler().view()));
        return all;
    }

    /**
     * The same after passes that see all that was done before this call, and after what has only just begun to start
     * or stop has had a moment for it.
     */
    public SortedMap<InstanceKey, ServiceView> freshView() throws InterruptedException {
        for (MeshLoop loop : loops.values()) {
            loop.reconciler().pass(PASS);
        }
        for (MeshLoop loop : loops.values()) {
            loop.reconciler().quiet(MOMENT);
        }
        return view();
    }

    /** The providers that are here, by service. */
    public SortedMap<ServiceId, List<Provider>> offered() {
        return providers.all();
    }

    /** The descriptor of a service, if one provider of it is here that can be used. */
    public Optional<Descriptor> descriptor(ServiceId service) {
        List<Provider> here = providers.all().getOrDefault(service, List.of());
        return here.size() == 1 && here.get(0).reading() instanceof Provider.Read read
                ? Optional.of(read.descriptor()) : Optional.empty();
    }

    /** What a service's config must be like, as far as is known here. */
    public Optional<ConfigSchema> schema(ServiceId service) {
        return descriptor(service).map(Descriptor::schema);
    }

    /** What would be wrong with a declaration's dependencies, if anything would. */
    public Optional<String> cycle(InstanceKey key, Declaration declaration) {
        return loop(key.mesh()).flatMap(loop -> loop.cycle(key, declaration));
    }

    /** Where an instance is to run, and by whose word. */
    public Chosen isolation(InstanceKey key) {
        Optional<ServiceView> view = Optional.ofNullable(view().get(key));
        Optional<Isolation> declared = view.flatMap(ServiceView::config).map(RunConfig::declaration)
                .or(() -> view.flatMap(each -> each.assessment().declared()).flatMap(Declared::declaration))
                .map(Declaration::isolation);
        return isolations.chosen(key, declared, offered().getOrDefault(key.service(), List.of()).stream()
                .anyMatch(Provider::external));
    }

    /** Why a service can never run in a process of its own, in a sentence; empty if it can, as far as is known here. */
    public Optional<String> refusalOfProcess(ServiceId service) {
        return descriptor(service).map(Descriptor::access).flatMap(access -> isolations.refusal(service,
                new Acl(prefixes(access.read()), prefixes(access.write()))));
    }

    private Set<Prefix> prefixes(Collection<String> asked) {
        return asked.stream().map(prefix -> DescriptorFormat.prefix(prefix, node.id().hex())).collect(Collectors.toSet());
    }

    /** What would follow here from a declaration that is not made; empty if the mesh is not one of this node's. */
    public Optional<Verdict> foresee(InstanceKey key, boolean local, Declaration declaration) {
        return loop(key.mesh()).map(loop -> loop.foresee(key, local, declaration));
    }

    /** @throws CommandException if it is about to be closed */
    public Store rootStore(Membership mesh) throws CommandException {
        return node.store(mesh.mesh()).orElseThrow(() -> new CommandException("The root store of mesh "
                + mesh.mesh().shortId() + " is not open; try again in a moment."));
    }

    public OwnersWord ownersWord() {
        return ownersWord;
    }

    public SortedSet<String> tags() {
        return tags.get();
    }

    public Node node() {
        return node;
    }

    @Override
    public Proposal proposal(StoreId mesh, ServiceId service) {
        pass(mesh);
        return lastProposal(new InstanceKey(mesh, service));
    }

    @Override
    public List<Proposal> proposals(StoreId mesh) {
        pass(mesh);
        SortedSet<ServiceId> services = new TreeSet<>(providers.all().keySet());
        loop(mesh).ifPresent(loop -> loop.view().keySet().forEach(key -> services.add(key.service())));
        return services.stream().map(service -> lastProposal(new InstanceKey(mesh, service))).toList();
    }

    private Proposal lastProposal(InstanceKey key) {
        return loop(key.mesh()).map(loop -> loop.proposal(key)).orElseGet(() -> Reconciler.undeclared(key, node.id(),
                firewall, providers.all().getOrDefault(key.service(), List.of())));
    }

    private void pass(StoreId mesh) {
        try {
            Optional<Reconciler> loop = loop(mesh);
            if (loop.isPresent()) {
                loop.get().pass(PASS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Optional<ServiceStatus> settle(StoreId mesh, ServiceId service, Duration atMost)
            throws InterruptedException {
        Optional<Reconciler> loop = loop(mesh);
        return loop.isEmpty() ? Optional.empty()
                : loop.get().settle(new InstanceKey(mesh, service), atMost).map(ServiceView::status);
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
        return view().values().stream().map(ServiceView::status).toList();
    }
}
