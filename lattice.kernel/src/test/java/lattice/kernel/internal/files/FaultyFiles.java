package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The file system of this machine, with faults that a test switches on and off. */
public final class FaultyFiles implements FileLayer {
    /** What goes wrong with a write, sync or creation of a file that the fault is about. */
    public enum Fault {
        /** Nothing. */
        NONE,
        /** A write writes nothing and fails. */
        FAILED_WRITE,
        /** A write writes a part and fails, as on a disk that runs full. */
        SHORT_WRITE,
        /** What was written may or may not be on disk. */
        FAILED_SYNC,
        /** No file can be made or grow. */
        READ_ONLY
    }

    private final FileLayer files = new DiskFiles();
    private volatile Fault fault = Fault.NONE;
    private volatile Predicate<Path> about = path -> true;
    private volatile long left = Long.MAX_VALUE;
    private final AtomicInteger hits = new AtomicInteger();

    /** From now on files that match go wrong. */
    public void set(Fault how, Predicate<Path> which) {
        about = which;
        fault = how;
    }

    /** From now on the disk says that it has no more than so many bytes left. */
    public void leave(long bytes) {
        left = bytes;
    }

    /** How often something went wrong. */
    public int hits() {
        return hits.get();
    }

    private boolean goesWrong(Path path, Fault... how) {
        Fault now = fault;
        if (List.of(how).contains(now) && about.test(path)) {
            hits.incrementAndGet();
            return true;
        }
        return false;
    }

    @Override
    public OpenFile read(Path file) throws IOException {
        return files.read(file);
    }

    @Override
    public OpenFile write(Path file) throws IOException {
        return new FaultyFile(file, files.write(file));
    }

    @Override
    public OpenFile create(Path file) throws IOException {
        if (goesWrong(file, Fault.READ_ONLY)) {
            throw new IOException("Read-only file system");
        }
        return new FaultyFile(file, files.create(file));
    }

    @Override
    public boolean exists(Path file) {
        return files.exists(file);
    }

    @Override
    public long size(Path file) throws IOException {
        return files.size(file);
    }

    @Override
    public long lastModified(Path file) throws IOException {
        return files.lastModified(file);
    }

    @Override
    public long usableSpace(Path directory) {
        return Math.min(left, files.usableSpace(directory));
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return files.list(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        files.delete(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        files.rename(from, to);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        files.createDirectories(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        files.syncDirectory(directory);
    }

    private final class FaultyFile implements OpenFile {
        private final Path path;
        private final OpenFile file;

        FaultyFile(Path path, OpenFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public void read(ByteBuffer buffer, long position) throws IOException {
            file.read(buffer, position);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            if (goesWrong(path, Fault.FAILED_WRITE, Fault.READ_ONLY)) {
                throw new IOException("Input/output error");
            }
            if (goesWrong(path, Fault.SHORT_WRITE)) {
                ByteBuffer part = buffer.duplicate();
                part.limit(part.position() + part.remaining() / 2);
                file.write(part, position);
                throw new IOException("No space left on device");
            }
            file.write(buffer, position);
        }

        @Override
        public void sync() throws IOException {
            if (goesWrong(path, Fault.FAILED_SYNC)) {
                throw new IOException("Input/output error");
            }
            file.sync();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
