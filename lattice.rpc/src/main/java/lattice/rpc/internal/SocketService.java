package lattice.rpc.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lattice.kernel.node.Node;
import lattice.kernel.node.NodeReady;
import lattice.rpc.StoreSocket;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the socket once the node is ready, on a thread of its own: nobody at a prompt waits for gRPC to load. */
@Component(service = {})
public final class SocketService {
    private static final Logger LOG = LoggerFactory.getLogger(SocketService.class);
    private static final int PATIENCE_SECONDS = 15;
    // A node that was only started for a command stops before it has loaded what it did not need.
    private static final int HEAD_START_MILLIS = 300;

    private final BundleContext bundle;
    private final Node node;
    private final Tokens tokens;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CompletableFuture<Optional<Opened>> opening = new CompletableFuture<>();

    private record Opened(UnixSocketServer server, ServiceRegistration<StoreSocket> registration) {
    }

    @Activate
    public SocketService(BundleContext bundle, @Reference Node node, @Reference Tokens tokens, @Reference NodeReady ready) {
        this.bundle = bundle;
        this.node = node;
        this.tokens = tokens;
        Thread thread = new Thread(() -> opening.complete(open()), "lattice-rpc-start");
        thread.setDaemon(true);
        thread.start();
    }

    private final class Served implements StoreSocket {
        private final Path path;

        Served(Path path) {
            this.path = path;
        }

        @Override
        public Path path() {
            return path;
        }

        @Override
        public Door open(Path socket) throws IOException {
            return new UnixSocketServer(socket, node, tokens, Limits.standard());
        }
    }

    private Optional<Opened> open() {
        try {
            if (stopping.await(HEAD_START_MILLIS, TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
            UnixSocketServer server = UnixSocketServer.inHome(node, tokens, Limits.standard());
            return Optional.of(new Opened(server, bundle.registerService(StoreSocket.class, new Served(server.path()), null)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.error("The store protocol is not served, so no process can reach this node: {}", e.getMessage(), e);
            return Optional.empty();
        }
    }

    @Deactivate
    void close() {
        stopping.countDown();
        try {
            opening.get(PATIENCE_SECONDS, TimeUnit.SECONDS).ifPresent(opened -> {
                opened.registration().unregister();
                opened.server().close();
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.error("The socket did not open in time, so it could not be closed", e);
        }
    }
}
