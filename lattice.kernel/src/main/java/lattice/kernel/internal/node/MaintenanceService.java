package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import lattice.api.store.Prefix;
import lattice.kernel.internal.backup.BackupFile;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.node.Backup;
import lattice.kernel.node.Maintenance;
import lattice.kernel.node.StateDigest;
import lattice.kernel.node.Verification;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;

/** Looking after the stores, for the other bundles of the node. */
@Component(configurationPolicy = ConfigurationPolicy.IGNORE)
public final class MaintenanceService implements Maintenance {
    private final NodeKernel kernel;

    @Activate
    public MaintenanceService(@Reference KernelComponent component) {
        this(component.kernel());
    }

    MaintenanceService(NodeKernel kernel) {
        this.kernel = kernel;
    }

    private Engine engine(String name) {
        return kernel.allStores().stream().filter(engine -> engine.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No store '" + name + "' is open here; there are "
                        + String.join(", ", stores()) + "."));
    }

    @Override
    public List<String> stores() {
        return kernel.allStores().stream().map(Engine::name).toList();
    }

    @Override
    public Verification verify(String store) throws IOException {
        return engine(store).verify(Long.MAX_VALUE);
    }

    @Override
    public Optional<Verification> lastVerification(String store) {
        return engine(store).lastVerification();
    }

    @Override
    public List<String> losses(String store) {
        return engine(store).losses();
    }

    @Override
    public boolean acceptLoss(String store) throws IOException {
        return engine(store).acceptLosses();
    }

    @Override
    public StateDigest digest(String store, Prefix prefix) {
        Engine.StateDigest digest = engine(store).digest(prefix);
        return new StateDigest(digest.revision(), digest.count(), HexFormat.of().formatHex(digest.hash()));
    }

    @Override
    public long snapshot(String store) throws IOException {
        return engine(store).snapshot();
    }

    @Override
    public Backup backup(Path file) throws IOException {
        return BackupFile.write(kernel, file);
    }
}
