package lattice.rpc.internal;

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
record TestNode(Path home, InMemoryStore rootStore) implements Node {
    @Override
    public NodeId id() {
        return TestNodeStatus.NODE;
    }

    @Override
    public long uptimeMillis() {
        return 0;
    }

    @Override
    public List<Store> stores() {
        return List.of(rootStore);
    }

    @Override
    public Optional<Store> store(StoreId id) {
        return id.equals(rootStore.id()) ? Optional.of(rootStore) : Optional.empty();
    }

    @Override
    public Optional<Store> store(String name) {
        return name.equals("root") ? Optional.of(rootStore) : Optional.empty();
    }

    @Override
    public Store restrictedTo(StoreId store, ServiceId service, Acl acl) {
        return rootStore.restrictedTo(service, acl);
    }

    @Override
    public List<StoreStatus> storeStatus() {
        return List.of(rootStore.status());
    }

    @Override
    public ClockStatus clock() {
        return new ClockStatus(HybridTime.ZERO, Duration.ZERO, Optional.empty());
    }
}
