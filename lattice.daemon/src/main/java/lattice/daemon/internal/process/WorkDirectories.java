package lattice.daemon.internal.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The directories that daemons work in which do not say where they want to: {@code work/MESH-SERVICE} of the node's home,
 * and below another directory for those of other users. They outlive their daemons, for they may hold what one wants to find
 * again, until somebody cleans up.
 */
final class WorkDirectories {
    private static final int DEEPEST = 256;

    private final Path own;
    private final Path ofOthers;

    /**
     * @param own for daemons of the node's user
     * @param ofOthers for daemons of other users; need not be there
     */
    WorkDirectories(Path own, Path ofOthers) throws IOException {
        this.own = ownerOnly(own);
        this.ofOthers = ofOthers;
    }

    /** A directory that only the node's user can look into. */
    static Path ownerOnly(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        return directory;
    }

    /** The directory of a daemon of the node's user. */
    Path of(String name) throws IOException {
        return ownerOnly(own.resolve(name));
    }

    /** The names of all that there are. */
    SortedSet<String> names() throws IOException {
        SortedSet<String> names = new TreeSet<>();
        for (Path parent : List.of(own, ofOthers)) {
            if (Files.isDirectory(parent)) {
                try (DirectoryStream<Path> directories = Files.newDirectoryStream(parent)) {
                    directories.forEach(each -> names.add(each.getFileName().toString()));
                }
            }
        }
        return names;
    }

    /** Deletes one with all that is in it. No link is followed, even one that is made meanwhile by whom it belongs to. */
    void delete(String name) throws IOException {
        for (Path parent : List.of(own, ofOthers)) {
            if (Files.isDirectory(parent.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
                    if (!(entries instanceof SecureDirectoryStream<Path> secure)) {
                        throw new IOException("The file system of " + parent + " can't delete directories safely.");
                    }
                    delete(secure, Path.of(name), 0);
                }
            }
        }
    }

    private static void delete(SecureDirectoryStream<Path> parent, Path name, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new IOException(name + " is more than " + DEEPEST + " directories deep.");
        }
        try (SecureDirectoryStream<Path> directory = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            List<Path> entries = new ArrayList<>();
            directory.forEach(entry -> entries.add(entry.getFileName()));
            for (Path entry : entries) {
                if (directory.getFileAttributeView(entry, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .readAttributes().isDirectory()) {
                    delete(directory, entry, depth + 1);
                } else {
                    directory.deleteFile(entry);
                }
            }
        }
        parent.deleteDirectory(name);
    }
}
