package lattice.daemon.internal.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lattice.rpc.StoreSocket;

/**
 * Files in the place of sockets.
 *
 * @param path the first
 */
record TestSocket(Path path) implements StoreSocket {
    @Override
    public Door open(Path socket) throws IOException {
        Files.deleteIfExists(socket);
        Files.createFile(socket);
        return () -> {
            try {
                Files.delete(socket);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }
}
