package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The file system of this machine, for layers that change some of what it does. */
abstract class ForwardingFiles implements FileLayer {
    private final FileLayer files = new DiskFiles();

    @Override
    public OpenFile read(Path file) throws IOException {
        return files.read(file);
    }

    @Override
    public OpenFile write(Path file) throws IOException {
        return files.write(file);
    }

    @Override
    public OpenFile create(Path file) throws IOException {
        return files.create(file);
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
        return files.usableSpace(directory);
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

    /** An open file of this machine. */
    abstract static class ForwardingFile implements OpenFile {
        private final OpenFile file;

        ForwardingFile(OpenFile file) {
            this.file = file;
        }

        @Override
        public void read(ByteBuffer buffer, long position) throws IOException {
            file.read(buffer, position);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            file.write(buffer, position);
        }

        @Override
        public void sync() throws IOException {
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
