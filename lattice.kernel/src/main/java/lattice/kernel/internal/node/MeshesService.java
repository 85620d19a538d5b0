package lattice.kernel.internal.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.StoreId;
import lattice.api.store.StoreException;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.membership.Meshes;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;

/** The meshes of the node as its other bundles see them. */
@Component(configurationPolicy = ConfigurationPolicy.IGNORE)
public final class MeshesService implements Meshes {
    private final NodeKernel kernel;

    @Activate
    public MeshesService(@Reference KernelComponent component) {
        this(component.kernel());
    }

    MeshesService(NodeKernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public StoreId own() {
        return kernel.root().id();
    }

    @Override
    public Optional<StoreId> meshOf(StoreId store) {
        return roots().stream().filter(root -> kernel.storesOf(root).stream().anyMatch(one -> one.id().equals(store)))
                .map(Engine::id).findFirst();
    }

    private List<Engine> roots() {
        List<Engine> roots = new ArrayList<>(kernel.joinedRoots());
        roots.add(kernel.root());
        return roots;
    }

    @Override
    public void join(StoreId mesh) {
        try {
            kernel.join(mesh);
        } catch (IOException e) {
            throw new StoreException(StoreException.Code.UNAVAILABLE,
                    "The root store of mesh " + mesh.shortId() + " could not be made: " + e.getMessage(), e);
        }
    }

    @Override
    public Map<StoreId, String> unopened() {
        return kernel.unopenedMeshes();
    }

    @Override
    public void forget(StoreId mesh) {
        kernel.forget(mesh);
    }
}
