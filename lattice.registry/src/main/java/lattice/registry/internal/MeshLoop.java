package lattice.registry.internal;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.node.Endpoint;
import lattice.registry.internal.declaration.DeclarationsWatch;
import lattice.registry.internal.reconcile.Reconciler;
import lattice.registry.internal.reconcile.ServiceView;
import lattice.registry.internal.status.StatusPublisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that the registry does for one mesh: it sees what is declared there, keeps it running here, and tells of it. */
final class MeshLoop implements AutoCloseable, Reconciler.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(MeshLoop.class);
    private static final Duration STATUS_FLUSH = Duration.ofSeconds(2);

    private final Mesh mesh;
    private final NodeId self;
    private final Events events;
    private final Supplier<SortedSet<String>> tags;
    private final Reconciler reconciler;
    private final DeclarationsWatch watch;
    private final AutoCloseable membershipChanges;

    // Used by the loop's thread alone.
    private boolean complete;
    private List<Endpoint> endpoints = List.of();

    private volatile Optional<StatusPublisher> publisher = Optional.empty();

    /** What a loop needs to know of the others, and tells them; on its thread. */
    interface Events {
        /** Whether all bundles that the node has were started. */
        boolean isBooted();

        /** All services of a mesh were considered, after all bundles were started. */
        void considered(StoreId mesh);

        /** What a mesh's instances listen at has changed. */
        void endpointsChanged(StoreId mesh);
    }

    /**
     * Begins.
     *
     * @param membership takes what is to be called when the node becomes or ceases to be a member; gives what ends that
     */
    MeshLoop(Mesh mesh, NodeId self, Events events, Supplier<SortedSet<String>> tags,
            Function<Reconciler.Listener, Reconciler> maker, Function<Runnable, AutoCloseable> membership) {
        this.mesh = mesh;
        this.self = self;
        this.events = events;
        this.tags = tags;
        this.reconciler = maker.apply(this);
        this.watch = new DeclarationsWatch(mesh, reconciler::trigger);
        this.membershipChanges = membership.apply(reconciler::trigger);
        reconciler.start();
    }

    Reconciler reconciler() {
        return reconciler;
    }

    @Override
    public void begins() {
        complete = events.isBooted();
    }

    @Override
    public void passed(SortedMap<InstanceKey, ServiceView> left) {
        watch.ensure();
        if (publisher.isEmpty()) {
            publisher = mesh.rootStore().map(root -> new StatusPublisher(self, root));
        }
        if (mesh.isMember()) {
            publisher.ifPresent(each -> each.publish(left, tags.get()));
        }
        List<Endpoint> now = left.values().stream().flatMap(each -> each.endpoints().stream()).toList();
        if (!now.equals(endpoints)) {
            endpoints = now;
            events.endpointsChanged(mesh.id());
        }
        if (complete) {
            events.considered(mesh.id());
        }
    }

    /** Stops all instances of the mesh, and ends; takes a bounded time, and has no effect a second time. */
    @Override
    public void close() {
        reconciler.close();
        watch.close();
        try {
            membershipChanges.close();
        } catch (Exception e) {
            LOG.debug("The store of mesh {} had ended calls already.", mesh.id().shortId(), e);
        }
        try {
            if (publisher.isPresent() && mesh.rootStore().isPresent()) {
                publisher.get().flush(STATUS_FLUSH);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
