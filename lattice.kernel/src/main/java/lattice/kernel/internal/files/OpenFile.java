package lattice.kernel.internal.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that is open. A thread that was interrupted must not use one that others use too: that would close it for all. */
public interface OpenFile extends Closeable {
    /** Fills the buffer from a place in the file; fewer bytes only at its end. */
    void read(ByteBuffer buffer, long position) throws IOException;

    /** Writes all of the buffer at a place in the file; if it fails, some may have been written. */
    void write(ByteBuffer buffer, long position) throws IOException;

    /** Returns when what was written, and the size of the file, is on disk. After a failure nothing is known of either. */
    void sync() throws IOException;

    long size() throws IOException;

    /** Cuts the file off, or does nothing if it is not longer. */
    void truncate(long size) throws IOException;
}
