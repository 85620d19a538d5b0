package lattice.kernel.node;

import java.security.PrivateKey;
import lattice.api.id.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/** The node's key, for those who speak to other nodes in its name. */
@ProviderType
public interface NodeKey {
    NodeId id();

    /** Ed25519, as the Java platform's own providers take it. */
    PrivateKey privateKey();
}
