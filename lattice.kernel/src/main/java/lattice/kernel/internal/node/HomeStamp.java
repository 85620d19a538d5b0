package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import lattice.kernel.internal.files.FileLayer;

/**
 * Tells a home from a copy of it, which has the same key in another file: {@code home.stamp} is one line, {@code lattice-home-1
 * FILE}, FILE being what the file system knows the file of the key by. One of any other form counts as that of another home.
 */
final class HomeStamp {
    private static final String FORM = "lattice-home-1 ";
    private static final int MAX_BYTES = 1000;

    private final FileLayer files;
    private final Path file;
    private final String now;

    /** @param home one that has a key */
    HomeStamp(FileLayer files, Path home) throws IOException {
        this.files = files;
        file = home.resolve("home.stamp");
        now = FORM + Files.readAttributes(home.resolve("identity.key"), BasicFileAttributes.class).fileKey() + "\n";
    }

    /** Whether the home was copied or moved since it was stamped. */
    boolean isOfAnotherHome() throws IOException {
        return read().filter(before -> !before.equals(now)).isPresent();
    }

    /** Makes this the home that it is the stamp of. */
    void renew() throws IOException {
        if (read().filter(now::equals).isEmpty()) {
            files.writeAll(file, now.getBytes(StandardCharsets.UTF_8));
        }
    }

    private Optional<String> read() throws IOException {
        if (files.exists(file) && files.size(file) > MAX_BYTES) {
            return Optional.of("");
        }
        return files.readAll(file, MAX_BYTES).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
