package lattice.daemon.internal.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import lattice.daemon.internal.descriptor.DescriptorFile;
import lattice.rpc.StoreSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places of one start of a daemon, and what they cost until it is closed. A daemon of the node's own user finds them in
 * the node's home; one of another user, whom the home keeps out, in directories of its own.
 */
final class Room implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Room.class);
    private static final Path RUN = Path.of("/run/lattice");
    private static final Path STATE = Path.of("/var/lib/lattice");
    private static final int ROOT = 0;
    private static final int SHORT = 8;

    private final Places places;
    private final Optional<StoreSocket.Door> door;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Room(Places places, Optional<StoreSocket.Door> door) {
        this.places = places;
        this.door = door;
    }

    /** Where daemons of other users have their working directories. */
    static Path state(String node) {
        return STATE.resolve(node.substring(0, SHORT));
    }

    /** Whether that is another user than the node's. */
    static boolean isOther(Optional<String> user) {
        return user.isPresent() && !user.get().equals(System.getProperty("user.name"));
    }

    /**
     * Makes the places in the node's home.
     *
     * @param directory where the daemon works
     * @param runs the directory for its config
     * @param name of the daemon here
     */
    static Room inHome(StoreSocket socket, Path directory, Path runs, String name, byte[] json) throws IOException {
        Path config = runs.resolve(name + ".json");
        write(config, json);
        return new Room(new Places(directory, config, socket.path()), Optional.empty());
    }

    /**
     * Makes the places of another user.
     *
     * @param directory where the daemon works, if it says so
     * @param node the node's id
     * @throws IllegalStateException if this node can't run anything as another user, or there is none of that name
     */
    static Room ofUser(String user, StoreSocket socket, Optional<Path> directory, String node, String name, byte[] json)
            throws IOException {
        if (DescriptorFile.own() != ROOT) {
            throw new IllegalStateException("It is to run as the user " + user + ", and only a node that runs as root can do "
                    + "that; take 'user' out of its descriptor, or let a node of " + user + " run it.");
        }
        UserPrincipal owner;
        try {
            owner = RUN.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
        } catch (UserPrincipalNotFoundException e) {
            throw new IllegalStateException("It is to run as the user " + user + ", who is not there.", e);
        }
        Path run = own(RUN.resolve(node.substring(0, SHORT)), name, owner);
        Path work = directory.isPresent() ? directory.get() : own(state(node), name, owner);
        Path config = run.resolve("config.json");
        write(config, json);
        Files.setOwner(config, owner);
        Path path = run.resolve("lattice.sock");
        StoreSocket.Door door = socket.open(path);
        try {
            Files.setOwner(path, owner);
        } catch (IOException e) {
            door.close();
            throw e;
        }
        return new Room(new Places(work, config, path), Optional.of(door));
    }

    /** A directory of the user's below one that only root can change. */
    private static Path own(Path parent, String name, UserPrincipal owner) throws IOException {
        Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Path directory = parent.resolve(name);
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Files.setOwner(directory, owner);
        return directory;
    }

    private static void write(Path file, byte[] json) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, json, StandardOpenOption.WRITE);
    }

    Places places() {
        return places;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        door.ifPresent(StoreSocket.Door::close);
        try {
            Files.deleteIfExists(places.config());
        } catch (IOException e) {
            LOG.warn("{} can't be deleted: {}", places.config(), e.getMessage());
        }
    }
}
