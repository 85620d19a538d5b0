package lattice.kernel.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The file system of this machine as a process sees it that is killed after so many operations: nothing it does counts any more. */
public final class KilledFiles extends ForwardingFiles {
    private int left;
    private boolean killed;

    /** @param operations how many that change something are done */
    public KilledFiles(int operations) {
        left = operations;
    }

    /** Whether there were more operations. */
    public boolean isKilled() {
        return killed;
    }

    private void live() throws IOException {
        if (left == 0) {
            killed = true;
            throw new IOException("killed");
        }
        left--;
    }

    @Override
    public OpenFile write(Path file) throws IOException {
        return new MortalFile(super.write(file));
    }

    @Override
    public OpenFile create(Path file) throws IOException {
        live();
        return new MortalFile(super.create(file));
    }

    @Override
    public void delete(Path file) throws IOException {
        if (exists(file)) {
            live();
            super.delete(file);
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        live();
        super.rename(from, to);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        live();
        super.createDirectories(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        live();
        super.syncDirectory(directory);
    }

    private final class MortalFile extends ForwardingFile {
        MortalFile(OpenFile file) {
            super(file);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            live();
            super.write(buffer, position);
        }

        @Override
        public void sync() throws IOException {
            live();
            super.sync();
        }

        @Override
        public void truncate(long size) throws IOException {
            live();
            super.truncate(size);
        }
    }
}
