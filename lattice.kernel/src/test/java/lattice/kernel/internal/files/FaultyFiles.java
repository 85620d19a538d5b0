package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The file system of this machine, with faults that a test switches on and off. */
public final class FaultyFiles extends ForwardingFiles {
    private static final int PAGE_BYTES = 4096;

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

    private volatile Fault fault = Fault.NONE;
    private volatile Predicate<Path> about = path -> true;
    private volatile long left = Long.MAX_VALUE;
    /** The numbers of the pages of each file that can't be used. */
    private final Map<Path, Set<Long>> badPages = new ConcurrentHashMap<>();
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

    /** From now on the page that holds a byte of a file can be neither read nor written, until another file takes its place. */
    public void spoil(Path file, long at) {
        badPagesOf(file).add(at / PAGE_BYTES);
    }

    private Set<Long> badPagesOf(Path file) {
        return badPages.computeIfAbsent(file, path -> ConcurrentHashMap.newKeySet());
    }

    @Override
    public void delete(Path file) throws IOException {
        super.delete(file);
        badPages.remove(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        super.rename(from, to);
        badPages.remove(to);
        Set<Long> bad = badPages.remove(from);
        if (bad != null) {
            badPages.put(to, bad);
        }
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
        return new FaultyFile(file, super.read(file));
    }

    @Override
    public OpenFile write(Path file) throws IOException {
        return new FaultyFile(file, super.write(file));
    }

    @Override
    public OpenFile create(Path file) throws IOException {
        if (goesWrong(file, Fault.READ_ONLY)) {
            throw new IOException("Read-only file system");
        }
        return new FaultyFile(file, super.create(file));
    }

    @Override
    public long usableSpace(Path directory) {
        return Math.min(left, super.usableSpace(directory));
    }

    private final class FaultyFile extends ForwardingFile {
        private final Path path;

        private final Set<Long> bad;

        FaultyFile(Path path, OpenFile file) {
            super(file);
            this.path = path;
            bad = badPagesOf(path);
        }

        private void touch(long from, long to) throws IOException {
            if (bad.stream().anyMatch(page -> page * PAGE_BYTES < to && from < (page + 1) * PAGE_BYTES)) {
                hits.incrementAndGet();
                throw new IOException("Input/output error");
            }
        }

        @Override
        public void read(ByteBuffer buffer, long position) throws IOException {
            touch(position, position + buffer.remaining());
            super.read(buffer, position);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            touch(position, position + buffer.remaining());
            if (goesWrong(path, Fault.FAILED_WRITE, Fault.READ_ONLY)) {
                throw new IOException("Input/output error");
            }
            if (goesWrong(path, Fault.SHORT_WRITE)) {
                ByteBuffer part = buffer.duplicate();
                part.limit(part.position() + part.remaining() / 2);
                super.write(part, position);
                throw new IOException("No space left on device");
            }
            super.write(buffer, position);
        }

        @Override
        public void sync() throws IOException {
            if (goesWrong(path, Fault.FAILED_SYNC)) {
                throw new IOException("Input/output error");
            }
            super.sync();
        }
    }
}
