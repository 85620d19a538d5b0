package lattice.daemon.internal.descriptor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * The content of a descriptor file, read once: what is judged, hashed, shown and run is the same bytes. Since a descriptor
 * says what is run as the node's user, only that user and root may be able to change it.
 *
 * @param bytes the content
 * @param hash its SHA-256 in lower-case hex
 */
public record DescriptorFile(byte[] bytes, String hash) {
    private static final int ROOT = 0;

    /**
     * Reads it. A link is followed; then the file that it leads to, and that file's directory, must be safe.
     *
     * @throws WrongDescriptorException if it is none, too long, or others could change it
     * @throws NoSuchFileException if it is gone
     */
    public static DescriptorFile read(Path file) throws WrongDescriptorException, IOException {
        if (Files.isSymbolicLink(file) && !Files.exists(file)) {
            throw new WrongDescriptorException("It is a link to nowhere: " + Files.readSymbolicLink(file) + ".");
        }
        Path real = file.toRealPath();
        if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            throw new WrongDescriptorException("It is no regular file.");
        }
        checkSafe(real.getParent());
        checkSafe(real);
        try (InputStream in = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(DescriptorFormat.MAX_BYTES + 1);
            if (bytes.length > DescriptorFormat.MAX_BYTES) {
                throw new WrongDescriptorException("It is longer than " + DescriptorFormat.MAX_BYTES + " bytes.");
            }
            return new DescriptorFile(bytes, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    /**
     * Whether nobody but the node's user and root can change a file, or what is in a directory.
     *
     * @throws WrongDescriptorException if somebody else can
     */
    public static void checkSafe(Path path) throws WrongDescriptorException, IOException {
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
        int owner = (Integer) Files.getAttribute(path, "unix:uid");
        if (owner != ROOT && owner != own()) {
            throw new WrongDescriptorException(path + " belongs to " + attributes.owner().getName()
                    + ", who could have another program run as this node's user. Let it belong to that user or to root.");
        }
        if (isOpen(attributes.permissions(), owner, (Integer) Files.getAttribute(path, "unix:gid"))) {
            throw new WrongDescriptorException("Others than its owner can write to " + path
                    + ", and so have another program run as this node's user. Do: chmod go-w " + path);
        }
    }

    /** Whether others can write. A group of the owner's own number is the owner's own, by the custom of Linux. */
    static boolean isOpen(Set<PosixFilePermission> permissions, int owner, int group) {
        return permissions.contains(PosixFilePermission.OTHERS_WRITE)
                || permissions.contains(PosixFilePermission.GROUP_WRITE) && group != owner;
    }

    /** The number of the user that this node runs as. */
    public static int own() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }
}
