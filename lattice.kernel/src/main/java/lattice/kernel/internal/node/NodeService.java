package lattice.kernel.internal.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.node.ClockStatus;
import lattice.api.store.Acl;
import lattice.api.store.Store;
import lattice.api.store.StoreStatus;
import lattice.kernel.internal.store.ActingStore;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.node.Node;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;

/** The node as the other bundles of the node see it. */
@Component(configurationPolicy = ConfigurationPolicy.IGNORE)
public final class NodeService implements Node {
    private final NodeKernel kernel;

    @Activate
    public NodeService(@Reference KernelComponent component) {
        this(component.kernel());
    }

    NodeService(NodeKernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public NodeId id() {
        return kernel.id();
    }

    @Override
    public Path home() {
        return kernel.home();
    }

    @Override
    public long uptimeMillis() {
        return kernel.uptimeMillis();
    }

    @Override
    public Store rootStore() {
        return ActingStore.ofNode(kernel.root());
    }

    @Override
    public List<Store> stores() {
        return engines().stream().map(ActingStore::ofNode).toList();
    }

    private List<Engine> engines() {
        List<Engine> engines = new ArrayList<>();
        engines.add(kernel.root());
        engines.addAll(kernel.children().values());
        for (Engine joined : kernel.joinedRoots()) {
            engines.addAll(kernel.storesOf(joined));
        }
        return engines;
    }

    @Override
    public Optional<Store> store(StoreId id) {
        return engine(id).map(ActingStore::ofNode);
    }

    private Optional<Engine> engine(StoreId id) {
        return engines().stream().filter(engine -> engine.id().equals(id)).findFirst();
    }

    @Override
    public Optional<Store> store(String name) {
        return engines().stream().filter(engine -> engine.name().equals(name)).findFirst().map(ActingStore::ofNode);
    }

    @Override
    public Store restrictedTo(StoreId store, ServiceId service, Acl acl) {
        return engine(store).map(engine -> ActingStore.ofService(engine, service, acl))
                .orElseThrow(() -> new IllegalArgumentException("No store " + store.shortId() + " is open here."));
    }

    @Override
    public List<StoreStatus> storeStatus() {
        List<StoreStatus> all = new ArrayList<>();
        engines().forEach(engine -> all.add(engine.status()));
        // Nobody else can see to it, and what it holds, such as consents, is nowhere else.
        all.add(kernel.meta().status());
        all.addAll(kernel.statusOfUnopened());
        return all;
    }

    @Override
    public ClockStatus clock() {
        return kernel.clock().status();
    }
}
