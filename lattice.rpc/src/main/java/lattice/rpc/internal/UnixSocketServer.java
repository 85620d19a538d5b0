package lattice.rpc.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import lattice.kernel.node.Node;
import lattice.protocol.Wire;
import lattice.rpc.StoreSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The protocol on {@code run/lattice.sock}: for the owner's processes, and those of the owner's group that may get there. */
final class UnixSocketServer implements StoreSocket.Door {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSocketServer.class);
    // Of sun_path in unix(7), with its closing zero.
    private static final int MAX_PATH_BYTES = 107;

    private final Path path;
    private final ProtocolServer server;

    /**
     * Serves in the node's home.
     *
     * @throws IOException if the socket can't be had; the message says why and what to do
     */
    static UnixSocketServer inHome(Node node, Tokens tokens, Limits limits) throws IOException {
        Path path = pathIn(node.home());
        Files.createDirectories(path.getParent());
        Files.setPosixFilePermissions(path.getParent(), PosixFilePermissions.fromString("rwx------"));
        return new UnixSocketServer(path, node, tokens, limits);
    }

    /** @throws IOException if the socket can't be had; the message says why and what to do */
    UnixSocketServer(Path path, Node node, Tokens tokens, Limits limits) throws IOException {
        this.path = path;
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IOException("The path of the socket, " + path + ", is longer than the system's " + MAX_PATH_BYTES
                    + " bytes. Use a node home with a shorter path.");
        }
        // The node holds the lock of its home, so a socket that is there is left from before.
        Files.deleteIfExists(path);
        this.server = new ProtocolServer(new SocketTransport(path), Wire.bytes(node.id().hex()), tokens, limits);
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        LOG.info("Serving the store protocol on {}", path);
    }

    static Path pathIn(Path home) {
        return home.resolve("run").resolve("lattice.sock").toAbsolutePath();
    }

    Path path() {
        return path;
    }

    ProtocolServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("The socket {} could not be removed: {}", path, e.getMessage());
        }
    }
}
