package lattice.rpc;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** A service that is there while the node serves the Lattice Store Protocol on its Unix socket. */
@ProviderType
public interface StoreSocket {
    /** The socket: {@code run/lattice.sock} in the node's home. */
    Path path();
}
