package lattice.registry.internal.overview;

import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import lattice.api.store.Store;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Presences;
import lattice.registry.internal.Registry;
import lattice.registry.internal.status.NodeWord;
import lattice.shell.CommandException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Takes in what the members of a mesh do. Without anything that watches who is there, all count as being there. */
@Component(service = Overviews.class)
public final class Overviews {
    private final Registry registry;
    private final AtomicReference<Presences> presences = new AtomicReference<>();

    @Activate
    public Overviews(@Reference Registry registry) {
        this.registry = registry;
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindPresences(Presences now) {
        presences.set(now);
    }

    void unbindPresences(Presences before) {
        presences.compareAndSet(before, null);
    }

    /** @throws CommandException if the mesh's root store is about to be closed */
    public MeshOverview of(Membership mesh) throws CommandException {
        Store root = registry.rootStore(mesh);
        Optional<Presences> watched = Optional.ofNullable(presences.get());
        return new MeshOverview(mesh, registry.node().id(), root, registry.view(),
                new NodeWord(registry.tags(), new TreeMap<>()),
                node -> watched.map(each -> each.presence(mesh.mesh(), node)));
    }
}
