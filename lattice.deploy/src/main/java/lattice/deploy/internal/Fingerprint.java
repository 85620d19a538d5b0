package lattice.deploy.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;

/**
 * What tells one content of a file from another without reading it.
 *
 * @param size in bytes
 * @param modified when it was last written
 * @param key the file's own identity on its disk, or its name where there is none
 */
record Fingerprint(long size, FileTime modified, Object key) {
    static Fingerprint of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Fingerprint(attributes.size(), attributes.lastModifiedTime(),
                Objects.requireNonNullElse(attributes.fileKey(), file));
    }
}
