package lattice.registry.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.service.ServiceProvider;
import lattice.api.store.Acl;
import lattice.api.store.Changes;
import lattice.api.store.Entry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreStatus;
import lattice.api.store.Transaction;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.consent.ConsentDesk;
import lattice.consent.ConsentFirewall;
import lattice.consent.ConsentValue;
import lattice.consent.internal.ConfiguredFirewall;
import lattice.consent.internal.MetaLedger;
import lattice.consent.internal.OwnersDesk;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Mesh;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.declaration.OwnersWord;
import lattice.registry.internal.isolation.Isolations;
import lattice.registry.internal.isolation.OwnersIsolation;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.Providers;
import lattice.registry.internal.status.StatusPublisher;
import lattice.registry.process.ProcessIsolation;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.osgi.framework.ServiceReference;

/**
 * A node in memory: the real firewall, desk, ledger and reconcilers over stores and providers of the test. What names no
 * mesh is about the node's own.
 */
final class World implements AutoCloseable {
    static final Tuning QUICK = new Tuning(Duration.ofMillis(1500), Duration.ofMillis(1500), Duration.ofMillis(20),
            Duration.ofMillis(80), 3, Duration.ofSeconds(5), Duration.ofMillis(100));
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final InMemoryStore root;
    final InMemoryStore meta;
    final NodeId self;
    final FakeConfigurations configurations;
    final List<FakeProvider> providers = new CopyOnWriteArrayList<>();
    final ConfiguredFirewall firewall;
    final ConsentDesk desk;
    final MetaLedger ledger;
    final OwnersWord ownersWord;
    final MetaStore metaStore;
    final List<MemoryMesh> meshes = new CopyOnWriteArrayList<>();
    final MemoryMesh own;
    final Reconciler reconciler;
    final OwnersIsolation isolation;
    volatile Optional<ProcessIsolation> isolated = Optional.empty();
    volatile SortedSet<String> tags = new TreeSet<>();

    World() {
        this(new InMemoryStore(), new InMemoryStore(), new FakeConfigurations());
    }

    World(InMemoryStore root, InMemoryStore meta, FakeConfigurations configurations) {
        this.configurations = configurations;
        this.root = root;
        this.meta = meta;
        this.self = TestNodeStatus.NODE;
        this.metaStore = new Meta(meta);
        this.ledger = new MetaLedger(metaStore);
        this.firewall = new ConfiguredFirewall(configurations.admin(), ledger, configurations::listen);
        this.desk = new OwnersDesk(configurations.admin(), ledger, firewall);
        this.isolation = new OwnersIsolation(metaStore);
        this.ownersWord = new OwnersWord(metaStore);
        this.own = join(root);
        this.reconciler = own.reconciler;
    }

    /** Holds the root store of another mesh from now on. */
    MemoryMesh join(InMemoryStore store) {
        MemoryMesh mesh = new MemoryMesh(store);
        meshes.add(mesh);
        mesh.begin();
        return mesh;
    }

    /** A mesh that this node is in, with its loop. */
    final class MemoryMesh implements Mesh, Reconciler.Listener, AutoCloseable {
        final InMemoryStore store;
        final Reconciler reconciler;
        final StatusPublisher publisher;
        volatile boolean member = true;
        private final ConsentFirewall.Listening consents;
        private List<Endpoint> endpoints = List.of();

        private MemoryMesh(InMemoryStore store) {
            this.store = store;
            this.publisher = new StatusPublisher(self, store);
            this.reconciler = new Reconciler(this, () -> meshes.stream().filter(mesh -> mesh != this)
                    .flatMap(mesh -> mesh.reconciler.view().values().stream()), new FakeNode(),
                    new TestNodeStatus(self, Path.of(".")), metaStore, new FakeProviders(), firewall, ledger,
                    World.this::tags, () -> QUICK, this, Clock.systemUTC(),
                    new Isolations(isolation, () -> isolated));
            this.consents = firewall.onChange(reconciler::trigger);
        }

        private void begin() {
            store.watch(Declarations.SERVICES, new WatchStart.Now(), new WatchListener() {
                @Override
                public void changed(Changes changes) {
                    reconciler.trigger();
                }

                @Override
                public void ended(WatchEnd end) {
                    reconciler.trigger();
                }
            });
            reconciler.start();
        }

        @Override
        public StoreId id() {
            return store.id();
        }

        @Override
        public Optional<Store> rootStore() {
            return Optional.of(store);
        }

        @Override
        public boolean isMember() {
            return member;
        }

        @Override
        public void begins() {
            // a node that waits for its first passes would listen here
        }

        @Override
        public void passed(SortedMap<InstanceKey, ServiceView> left) {
            publisher.publish(left, tags());
            List<Endpoint> now = left.values().stream().flatMap(view -> view.endpoints().stream()).toList();
            if (!now.equals(endpoints)) {
                endpoints = now;
                meshes.forEach(mesh -> mesh.reconciler.trigger());
            }
        }

        InstanceKey key(String service) {
            return new InstanceKey(store.id(), new ServiceId(service));
        }

        void declare(String service, String config) {
            store.put(Declarations.place(new ServiceId(service)),
                    "{\"v\":1,\"policy\":{\"type\":\"Global\"},\"config\":" + config + "}");
        }

        void consent(String service, ConsentValue value) throws Exception {
            assertThat(reconciler.pass(PATIENCE)).isTrue();
            desk.decide(value, reconciler.proposal(key(service)), "tester");
        }

        ServiceView settled(String service) throws InterruptedException {
            return reconciler.settle(key(service), PATIENCE).orElseThrow();
        }

        ServiceView await(String service, InstanceState state) throws InterruptedException {
            return await(service, view -> view.state() == state);
        }

        ServiceView await(String service, Predicate<ServiceView> condition) throws InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                reconciler.pass(PATIENCE);
                ServiceView view = reconciler.view().get(key(service));
                if (view != null && condition.test(view)) {
                    return view;
                }
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("Still " + (view == null ? "undeclared" : view.state() + ": "
                            + view.reason()));
                }
                Thread.sleep(5);
            }
        }

        /** Leaves: what runs for the mesh stops. */
        @Override
        public void close() {
            meshes.remove(this);
            consents.close();
            reconciler.close();
        }
    }

    private SortedSet<String> tags() {
        if (tags == null) {
            throw new IllegalStateException("The test has no tags.");
        }
        return tags;
    }

    InstanceKey key(String service) {
        return own.key(service);
    }

    /** Declares with a policy and config of JSON. */
    void declare(String service, String policy, String config, String more) {
        root.put(Declarations.place(new ServiceId(service)),
                "{\"v\":1,\"policy\":" + policy + ",\"config\":" + config + more + "}");
    }

    void declare(String service, String config) {
        declare(service, "{\"type\":\"Global\"}", config, "");
    }

    FakeProvider provide(FakeProvider provider) {
        providers.add(provider);
        meshes.forEach(mesh -> mesh.reconciler.trigger());
        return provider;
    }

    void remove(FakeProvider provider) {
        providers.remove(provider);
        meshes.forEach(mesh -> mesh.reconciler.leaving(provider.provider.reference()));
    }

    void consent(String service, ConsentValue value) throws Exception {
        own.consent(service, value);
    }

    /** The instance once it is where it should be. */
    ServiceView settled(String service) throws InterruptedException {
        return own.settled(service);
    }

    ServiceView await(String service, InstanceState state) throws InterruptedException {
        return own.await(service, state);
    }

    ServiceView await(String service, Predicate<ServiceView> condition) throws InterruptedException {
        return own.await(service, condition);
    }

    Optional<String> published(String service) {
        return root.get(new Key("/nodes/" + self + "/services/" + service)).map(Entry::text);
    }

    @Override
    public void close() {
        meshes.forEach(mesh -> mesh.reconciler.close());
    }

    private final class FakeProviders implements Providers {
        @Override
        public SortedMap<ServiceId, List<Provider>> all() {
            SortedMap<ServiceId, List<Provider>> all = new TreeMap<>();
            for (FakeProvider each : providers) {
                all.merge(each.provider.id(), List.of(each.provider),
                        (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
            }
            return all;
        }

        @Override
        public ServiceProvider get(ServiceReference<ServiceProvider> reference) {
            return providers.stream().filter(each -> each.provider.reference() == reference).findFirst()
                    .map(FakeProvider::service).orElse(null);
        }

        @Override
        public void unget(ServiceReference<ServiceProvider> reference) {
            meshes.forEach(mesh -> mesh.reconciler.trigger());
        }
    }

    private record Meta(InMemoryStore store) implements MetaStore {
        @Override
        public Optional<Entry> get(Key key) {
            return store.get(key);
        }

        @Override
        public Stream<Entry> scan(Prefix prefix) {
            return store.scan(prefix);
        }

        @Override
        public Receipt write(Transaction transaction) {
            return store.write(transaction);
        }
    }

    private final class FakeNode implements Node {
        @Override
        public NodeId id() {
            return self;
        }

        @Override
        public Path home() {
            return Path.of(".");
        }

        @Override
        public long uptimeMillis() {
            return 0;
        }

        @Override
        public Store rootStore() {
            return root;
        }

        @Override
        public List<Store> stores() {
            return meshes.stream().map(mesh -> (Store) mesh.store).toList();
        }

        @Override
        public Optional<Store> store(StoreId id) {
            return stores().stream().filter(store -> store.id().equals(id)).findFirst();
        }

        @Override
        public Optional<Store> store(String name) {
            return Optional.of((Store) root).filter(store -> store.name().equals(name));
        }

        @Override
        public Store restrictedTo(StoreId store, ServiceId service, Acl acl) {
            return meshes.stream().filter(mesh -> mesh.id().equals(store)).findFirst().orElseThrow().store
                    .restrictedTo(service, acl);
        }

        @Override
        public List<StoreStatus> storeStatus() {
            return List.of(root.status());
        }

        @Override
        public ClockStatus clock() {
            return new ClockStatus(HybridTime.ZERO, Duration.ZERO, Optional.empty());
        }
    }
}
