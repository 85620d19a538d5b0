package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** All that the kernel asks of a file system, apart from MapDB's mappings; in one place, so that tests can make it fail. */
public interface FileLayer {
    int CRC_BUFFER_BYTES = 1024 * 1024;

    /** Opens a file for reading. */
    OpenFile read(Path file) throws IOException;

    /** Opens a file for reading and writing. */
    OpenFile write(Path file) throws IOException;

    /** Makes a file that must not be there yet, for reading and writing. */
    OpenFile create(Path file) throws IOException;

    boolean exists(Path file);

    long size(Path file) throws IOException;

    /** When a file was last written, in milliseconds since 1970 UTC. */
    long lastModified(Path file) throws IOException;

    /** How many bytes more the disk that a directory is on takes. */
    long usableSpace(Path directory);

    /** The names in a directory, sorted; none if it is not there. */
    List<String> list(Path directory) throws IOException;

    /** Removes a file if it is there. */
    void delete(Path file) throws IOException;

    /** Gives a file a name, in one step, taking the place of what had it. */
    void rename(Path from, Path to) throws IOException;

    /** Makes a directory and those above it. */
    void createDirectories(Path directory) throws IOException;

    /** Returns when the names in a directory are on disk. */
    void syncDirectory(Path directory) throws IOException;

    /** All of a small file; empty if there is none. */
    default Optional<byte[]> readAll(Path file, int maxBytes) throws IOException {
        if (!exists(file)) {
            return Optional.empty();
        }
        long size = size(file);
        if (size > maxBytes) {
            throw new IOException(file + " has " + size + " bytes, more than the " + maxBytes + " that it may have.");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size);
        try (OpenFile open = read(file)) {
            open.read(bytes, 0);
        }
        return Optional.of(Arrays.copyOf(bytes.array(), bytes.position()));
    }

    /** The CRC32C of all of a file. */
    default int crc(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(CRC_BUFFER_BYTES);
        try (OpenFile open = read(file)) {
            for (long at = 0; ; at += buffer.limit()) {
                open.read(buffer.clear(), at);
                buffer.flip();
                if (!buffer.hasRemaining()) {
                    return (int) crc.getValue();
                }
                crc.update(buffer);
            }
        }
    }

    /** Writes a small file so that after any crash it holds either what it held or this. */
    default void writeAll(Path file, byte[] bytes) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        delete(temporary);
        try (OpenFile open = create(temporary)) {
            open.write(ByteBuffer.wrap(bytes), 0);
            open.sync();
        }
        rename(temporary, file);
        syncDirectory(file.getParent());
    }
}
