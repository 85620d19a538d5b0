package lattice.kernel.internal.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file that holds the node's key: one line, {@code lattice-identity-1 SEED CHECK}, the 32 bytes of the private key and
 * the first 4 of the public key as hexadecimal digits. It is readable by its owner alone, appears whole or not at all, and is
 * never overwritten: a damaged one is for its owner to replace from a backup, because a new key would be another node.
 */
public final class IdentityFile {
    private static final Pattern FORM = Pattern.compile("lattice-identity-1 ([0-9a-f]{64}) ([0-9a-f]{8})\n");
    private static final Pattern OTHER_VERSION = Pattern.compile("lattice-identity-(?!1 )[0-9]{1,4} ");
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final int MAX_BYTES = 200;

    private final Path file;

    public IdentityFile(Path file) {
        this.file = file;
    }

    /**
     * The identity in the file, which is made if there is none.
     *
     * @throws IOException if it can't be read or made, or must not be trusted; the message says what to do
     */
    public Identity loadOrCreate() throws IOException {
        if (!Files.exists(file)) {
            create();
        }
        return load();
    }

    private Identity load() throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(permissions)) {
            throw new IOException("The node's key " + file + " can be read by others ("
                    + PosixFilePermissions.toString(permissions) + "): if nobody has, run 'chmod 600 " + file + "'.");
        }
        String text = Files.size(file) > MAX_BYTES ? "" : Files.readString(file, StandardCharsets.ISO_8859_1);
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            Identity identity = new Identity(HexFormat.of().parseHex(form.group(1)));
            if (identity.id().shortId().equals(form.group(2))) {
                return identity;
            }
        }
        if (OTHER_VERSION.matcher(text).lookingAt()) {
            throw new IOException("The node's key " + file + " is of a format that this version doesn't know: start a newer"
                    + " Lattice on this home.");
        }
        throw new IOException("The node's key " + file
                + " is damaged: put it back from a backup, or move the whole home away to start as a new node.");
    }

    private void create() throws IOException {
        byte[] seed = new byte[32];
        new SecureRandom().nextBytes(seed);
        String line = "lattice-identity-1 " + HexFormat.of().formatHex(seed) + " " + new Identity(seed).id().shortId() + "\n";
        Path temporary = Files.createTempFile(file.getParent(), "identity-", ".new",
                PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            try {
                // A link appears whole and, unlike a rename, never in the place of a file that is there.
                Files.createLink(file, temporary);
            } catch (FileAlreadyExistsException e) {
                throw new IOException("Another process has just made the node's key " + file + ": start again.", e);
            }
            try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
                directory.force(true);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
