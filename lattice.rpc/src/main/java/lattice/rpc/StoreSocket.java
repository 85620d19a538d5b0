package lattice.rpc;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** A service that is there while the node serves the Lattice Store Protocol on its Unix socket. */
@ProviderType
public interface StoreSocket {
    /** The socket: {@code run/lattice.sock} in the node's home. */
    Path path();

    /**
     * Serves on one more socket, for a process of another user, whom the node's home keeps out. Whoever gets there still
     * needs a token.
     *
     * @param socket in a directory that the caller has made, and has made safe
     * @throws IOException if it can't be had; the message says why
     */
    Door open(Path socket) throws IOException;

    /** One more socket, until it is closed. */
    interface Door extends AutoCloseable {
        @Override
        void close();
    }
}
