package lattice.shell.internal.operator;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;
import lattice.kernel.node.Node;
import lattice.shell.internal.console.Shells;
import lattice.shell.internal.session.Readiness;
import lattice.shell.internal.session.Sessions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket {@code run/operator.sock} of the node's home, through which its owner runs commands from another terminal.
 * It is the owner's alone, by the rights of the file and by who is asked of the kernel to be at the other end.
 *
 * <p>A client sends one line, a {@link Request}, and reads {@link Frames} until the one that says how it ended; if it asked
 * for a shell it goes on with {@link Keys}. If it closes the connection before, what runs for it is interrupted.
 */
@Component(service = {}, immediate = true)
public final class OperatorSocket {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorSocket.class);
    private static final String NAME = "operator.sock";
    /** What the address of a Unix socket holds on Linux and, in 104 bytes, on others. */
    private static final int LONGEST_PATH = 103;
    private static final int MOST_SESSIONS = 16;
    private static final long STOP_SECONDS = 3;

    private final Sessions sessions;
    private final Shells shells;
    private final Readiness readiness;
    private final Path path;
    private final ServerSocketChannel server;
    private final UserPrincipal owner;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService clock;
    private static final int AGAIN_MILLIS = 200;

    private final Set<OperatorSession> open = ConcurrentHashMap.newKeySet();

    @Activate
    public OperatorSocket(@Reference Node node, @Reference Sessions sessions, @Reference Shells shells,
            @Reference Readiness readiness) throws IOException {
        this.sessions = sessions;
        this.shells = shells;
        this.readiness = readiness;
        this.path = node.home().resolve("run").resolve(NAME);
        try {
            this.server = listen(path);
        } catch (IOException e) {
            // Said here, for Declarative Services would not say it to the owner.
            LOG.error("Commands from other terminals (lattice shell, lattice exec) can't be taken at {}: {}", path, e.getMessage());
            throw e;
        }
        this.owner = Files.getOwner(path);
        AtomicInteger number = new AtomicInteger();
        this.workers = new ThreadPoolExecutor(0, MOST_SESSIONS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(),
                work -> daemon(work, "lattice-operator-" + number.incrementAndGet()));
        this.clock = Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "lattice-operator-clock"));
        daemon(this::accept, "lattice-operator").start();
    }

    @Deactivate
    void close() throws InterruptedException {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("The operator's socket {} could not be taken away.", path, e);
        }
        open.forEach(OperatorSession::close);
        workers.shutdownNow();
        clock.shutdownNow();
        if (!workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("A command of an operator did not end within {} s.", STOP_SECONDS);
        }
    }

    /**
     * Listens on a socket that is nobody else's from its first moment: it is made in a directory that only the owner can
     * enter, given its rights, and then moved to its place, over one that a killed node left behind.
     */
    private static ServerSocketChannel listen(Path path) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw new IOException("the path has more than " + LONGEST_PATH + " bytes, which is more than a socket's may; "
                    + "take a shorter --home");
        }
        Path directory = path.resolveSibling(".op");
        Path made = directory.resolve("s");
        Files.createDirectories(path.getParent());
        Files.deleteIfExists(made);
        Files.deleteIfExists(directory);
        Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(made));
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.delete(directory);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                serve(server.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | OutOfMemoryError e) {
                // Such as too many open files, or no thread left: that does not pass at once.
                LOG.warn("An operator could not be let in.", e);
                pause();
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        } catch (InterruptedException e) {
            // Nobody has a reason to; whether the socket is closed is looked at in any case.
            LOG.debug("Interrupted", e);
        }
    }

    private void serve(SocketChannel channel) throws IOException {
        try {
            begin(channel);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private void begin(SocketChannel channel) throws IOException {
        OperatorSession session = new OperatorSession(channel, sessions, shells, readiness, clock);
        if (!isOwner(channel)) {
            session.refuse("This node takes commands from its owner only.");
            return;
        }
        open.add(session);
        boolean begun = false;
        try {
            workers.execute(() -> {
                try {
                    session.run();
                } finally {
                    open.remove(session);
                }
            });
            begun = true;
        } catch (RejectedExecutionException e) {
            session.refuse("This node runs " + MOST_SESSIONS + " commands and shells from other terminals already; wait for one to end.");
        } finally {
            if (!begun) {
                open.remove(session);
            }
        }
    }

    private boolean isOwner(SocketChannel channel) throws IOException {
        UserPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        boolean allowed = peer.equals(owner) || peer.getName().equals("root");
        if (!allowed) {
            LOG.warn("The user {} tried to give commands to this node.", peer.getName());
        }
        return allowed;
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
