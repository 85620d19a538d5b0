package lattice.launcher.internal;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a node lives, as far as starting and stopping it goes.
 *
 * @param root an absolute path
 */
record NodeHome(Path root) {
    private static final String ENVIRONMENT = "LATTICE_HOME";

    NodeHome {
        root = root.toAbsolutePath().normalize();
    }

    /** The home asked for, else that of the environment, else the person's own. */
    static NodeHome locate(Optional<String> asked, Map<String, String> environment) {
        String root = asked.orElseGet(() -> environment.getOrDefault(ENVIRONMENT, ""));
        return new NodeHome(root.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "share", "lattice")
                : Path.of(root));
    }

    Path lockFile() {
        return root.resolve("node.lock");
    }

    Path run() {
        return root.resolve("run");
    }

    /** The framework's cache of bundles: empty at each start. */
    Path frameworkCache() {
        return run().resolve("framework");
    }

    /** Where a running node takes commands of its owner. */
    Path operatorSocket() {
        return run().resolve("operator.sock");
    }

    Path logs() {
        return root.resolve("logs");
    }

    Path log() {
        return logs().resolve("lattice.log");
    }

    /** What a node in the background prints. */
    Path console() {
        return logs().resolve("console.log");
    }

    /** Makes the directories that starting needs, readable for their owner alone. */
    void create() throws LauncherException {
        try {
            FileAttribute<?>[] ownerOnly = FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                    ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))}
                    : new FileAttribute<?>[0];
            if (root.getParent() != null) {
                Files.createDirectories(root.getParent());
            }
            for (Path directory : new Path[] {root, run(), logs()}) {
                // A link to a directory is a directory; createDirectories would refuse a link to nowhere with a riddle.
                if (!Files.isDirectory(directory)) {
                    Files.createDirectory(directory, ownerOnly);
                }
            }
        } catch (IOException e) {
            throw new LauncherException(ExitCode.CONFIGURATION, "The node's home " + root + " can't be made (" + reason(e)
                    + "): choose a directory that you may write to with --home.", e);
        }
        if (!Files.isWritable(root)) {
            throw new LauncherException(ExitCode.CONFIGURATION, "The node's home " + root
                    + " can't be written to: change its permissions, or choose another with --home.");
        }
    }

    /** Deletes the home with all that is in it, as far as that goes. */
    void delete() {
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException e) {
            System.err.println("The node's home " + root + " could not be deleted: " + e.getMessage() + ".");
        }
    }

    private static String reason(IOException e) {
        String name = e.getClass().getSimpleName().replace("Exception", "");
        return e.getMessage() == null ? name : name + ": " + e.getMessage();
    }
}
