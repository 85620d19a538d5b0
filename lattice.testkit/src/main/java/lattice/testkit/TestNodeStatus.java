package lattice.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.node.ClockStatus;
import lattice.api.node.NodeStatus;
import lattice.api.node.ServiceStatus;
import lattice.api.store.HybridTime;
import lattice.api.store.StoreStatus;

/** A node that is as a test says: all well until told otherwise. */
public final class TestNodeStatus implements NodeStatus {
    /** The id of every test's node, unless it wants another. */
    public static final NodeId NODE = new NodeId("7e57".repeat(16));

    private final NodeId id;
    private final Path home;
    private volatile long uptimeMillis = 60_000;
    private volatile ClockStatus clock = new ClockStatus(HybridTime.ofMillis(1), Duration.ZERO, Optional.empty());
    private volatile List<StoreStatus> stores = List.of();
    private volatile List<ServiceStatus> services = List.of();

    /** A node that is {@link #NODE}. */
    public TestNodeStatus(Path home) {
        this(NODE, home);
    }

    /** A node without stores and services. */
    public TestNodeStatus(NodeId id, Path home) {
        this.id = id;
        this.home = home;
    }

    /** From now on it has been up for so long. */
    public TestNodeStatus uptimeMillis(long millis) {
        uptimeMillis = millis;
        return this;
    }

    /** From now on its clock is so. */
    public TestNodeStatus clock(ClockStatus status) {
        clock = status;
        return this;
    }

    /** From now on it has these stores. */
    public TestNodeStatus stores(StoreStatus... statuses) {
        stores = List.of(statuses);
        return this;
    }

    /** From now on these services are declared to it. */
    public TestNodeStatus services(ServiceStatus... statuses) {
        services = List.of(statuses);
        return this;
    }

    @Override
    public NodeId id() {
        return id;
    }

    @Override
    public Path home() {
        return home;
    }

    @Override
    public long uptimeMillis() {
        return uptimeMillis;
    }

    @Override
    public ClockStatus clock() {
        return clock;
    }

    @Override
    public List<StoreStatus> stores() {
        return stores;
    }

    @Override
    public List<ServiceStatus> services() {
        return services;
    }
}
