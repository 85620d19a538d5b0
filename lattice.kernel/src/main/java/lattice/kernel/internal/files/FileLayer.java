package lattice.kernel.internal.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/** All that the kernel asks of a file system, apart from MapDB's mappings; in one place, so that tests can make it fail. */
public interface FileLayer {
    long CRC_PART_BYTES = 8L * 1024 * 1024;
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

    /**
     * A checksum of all of a file: the CRC32C of the CRC32Cs of its parts of 8 MiB each, in their order as big-endian numbers. The
     * parts are read on all processors.
     */
    default int crc(Path file) throws IOException {
        int parts = (int) ((size(file) + CRC_PART_BYTES - 1) / CRC_PART_BYTES);
        int[] crcs = new int[parts];
        try (OpenFile open = read(file)) {
            IntStream.range(0, parts).parallel().forEach(part -> crcs[part] = crcOfPart(open, part * CRC_PART_BYTES));
        } catch (UncheckedIOException e) {
            throw new IOException(e.getCause().getMessage(), e);
        }
        ByteBuffer all = ByteBuffer.allocate(parts * Integer.BYTES);
        all.asIntBuffer().put(crcs);
        CRC32C crc = new CRC32C();
        crc.update(all);
        return (int) crc.getValue();
    }

    private static int crcOfPart(OpenFile file, long start) {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(CRC_BUFFER_BYTES);
        try {
            for (long at = start; at < start + CRC_PART_BYTES; at += buffer.limit()) {
                file.read(buffer.clear(), at);
                buffer.flip();
                if (!buffer.hasRemaining()) {
                    break;
                }
                crc.update(buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (int) crc.getValue();
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
