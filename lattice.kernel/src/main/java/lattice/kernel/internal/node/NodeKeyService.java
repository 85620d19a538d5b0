package lattice.kernel.internal.node;

import java.security.PrivateKey;
import lattice.api.id.NodeId;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.node.NodeKey;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;

/** The node's key for those of its bundles that speak in its name. */
@Component(configurationPolicy = ConfigurationPolicy.IGNORE)
public final class NodeKeyService implements NodeKey {
    private final Identity identity;

    @Activate
    public NodeKeyService(@Reference KernelComponent component) {
        this.identity = component.kernel().identity();
    }

    @Override
    public NodeId id() {
        return identity.id();
    }

    @Override
    public PrivateKey privateKey() {
        return identity.privateKey();
    }
}
