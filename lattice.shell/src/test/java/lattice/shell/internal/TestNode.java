package lattice.shell.internal;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.store.Acl;
import lattice.api.store.HybridTime;
import lattice.api.store.Store;
import lattice.api.store.StoreStatus;
import lattice.kernel.node.Node;
import lattice.testkit.InMemoryStore;
import lattice.testkit.TestNodeStatus;

/** A node with one store in memory. */
public final class TestNode implements Node {
    private final Path home;
    private final Store root = new InMemoryStore();

    public TestNode(Path home) {
        this.home = home;
    }

    @Override
    public NodeId id() {
        return TestNodeStatus.NODE;
    }

    @Override
    public Path home() {
        return home;
    }

    @Override
    public long uptimeMillis() {
        return Duration.ofHours(26).toMillis();
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
        return stores().stream().filter(store -> store.id().equals(id)).findFirst();
    }

    @Override
    public Optional<Store> store(String name) {
        return stores().stream().filter(store -> store.name().equals(name)).findFirst();
    }

    @Override
    public Store restrictedTo(StoreId store, ServiceId service, Acl acl) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<StoreStatus> storeStatus() {
        return List.of(new StoreStatus(root.id(), root.name(), true, Optional.empty(), root.position(),
                root.position().revision(), 100, 200));
    }

    @Override
    public ClockStatus clock() {
        return new ClockStatus(HybridTime.ofMillis(0), Duration.ZERO, Optional.empty());
    }
}
