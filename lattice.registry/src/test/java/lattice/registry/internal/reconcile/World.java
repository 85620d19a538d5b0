package lattice.registry.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
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
import lattice.consent.ConsentValue;
import lattice.consent.internal.ConfiguredFirewall;
import lattice.consent.internal.MetaLedger;
import lattice.consent.internal.OwnersDesk;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.isolation.Isolations;
import lattice.registry.internal.isolation.OwnersIsolation;
import lattice.registry.internal.provider.Provider;
import lattice.registry.internal.provider.Providers;
import lattice.registry.internal.status.StatusPublisher;
import lattice.registry.process.ProcessIsolation;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;
import org.osgi.framework.ServiceReference;

/** A node in memory: the real firewall, desk, ledger and reconciler over stores and providers of the test. */
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
    final Declarations declarations;
    final Reconciler reconciler;
    final StatusPublisher publisher;
    final OwnersIsolation isolation;
    volatile Optional<ProcessIsolation> isolated = Optional.empty();
    volatile Set<String> tags = Set.of();

    World() {
        this(new InMemoryStore(), new InMemoryStore(), new FakeConfigurations());
    }

    World(InMemoryStore root, InMemoryStore meta, FakeConfigurations configurations) {
        this.configurations = configurations;
        this.root = root;
        this.meta = meta;
        this.self = TestNodeStatus.NODE;
        MetaStore metaStore = new Meta(meta);
        this.ledger = new MetaLedger(metaStore);
        this.firewall = new ConfiguredFirewall(configurations.admin(), ledger);
        configurations.listen(firewall);
        this.desk = new OwnersDesk(configurations.admin(), ledger, firewall);
        this.declarations = new Declarations(metaStore, self);
        Node node = new FakeNode();
        this.publisher = new StatusPublisher(self, root);
        this.isolation = new OwnersIsolation(metaStore);
        this.reconciler = new Reconciler(node, new TestNodeStatus(self, Path.of(".")), metaStore, declarations,
                new FakeProviders(), firewall, ledger, this::tags, () -> QUICK, publisher::publish, Clock.systemUTC(),
                new Isolations(isolation, () -> isolated));
        firewall.onChange(reconciler::trigger);
        root.watch(Declarations.SERVICES, new WatchStart.Now(), new WatchListener() {
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

    private Set<String> tags() {
        if (tags == null) {
            throw new IllegalStateException("The test has no tags.");
        }
        return tags;
    }

    InstanceKey key(String service) {
        return new InstanceKey(root.id(), new ServiceId(service));
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
        reconciler.trigger();
        return provider;
    }

    void remove(FakeProvider provider) {
        providers.remove(provider);
        reconciler.leaving(provider.provider.reference());
    }

    void consent(String service, ConsentValue value) throws Exception {
        assertThat(reconciler.pass(PATIENCE)).isTrue();
        desk.decide(value, reconciler.proposal(key(service)), "tester");
    }

    /** The instance once it is where it should be. */
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

    Optional<String> published(String service) {
        return root.get(new Key("/nodes/" + self + "/services/" + service)).map(Entry::text);
    }

    @Override
    public void close() {
        reconciler.close();
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
            reconciler.trigger();
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
            return List.of(root);
        }

        @Override
        public Optional<Store> store(StoreId id) {
            return Optional.of((Store) root).filter(store -> store.id().equals(id));
        }

        @Override
        public Optional<Store> store(String name) {
            return Optional.of((Store) root).filter(store -> store.name().equals(name));
        }

        @Override
        public Store restrictedTo(StoreId store, ServiceId service, Acl acl) {
            return root.restrictedTo(service, acl);
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
