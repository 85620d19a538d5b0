package lattice.kernel.internal.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.NavigableSet;
import java.util.TreeSet;
import lattice.kernel.internal.files.OpenFile;

/**
 * Reads a file of which the disk can't read every page, as when a sector has gone bad: such pages come as zeros, and it is known
 * which they are. For one thread.
 */
final class PatientFile {
    static final int PAGE_BYTES = 4096;

    private final OpenFile file;
    /** Where each page starts that could not be read. */
    private final NavigableSet<Long> unreadable = new TreeSet<>();

    PatientFile(OpenFile file) {
        this.file = file;
    }

    /** Fills a buffer from a position on, as far as the file goes. */
    void read(ByteBuffer buffer, long position) throws IOException {
        int start = buffer.position();
        try {
            file.read(buffer, position);
        } catch (ClosedChannelException e) {
            // Nobody wants to read on, or who reads was interrupted: that says nothing about the disk.
            throw e;
        } catch (IOException e) {
            readPages(buffer.position(start), position);
        }
    }

    private void readPages(ByteBuffer buffer, long position) throws IOException {
        long at = position;
        long end = Math.min(position + buffer.remaining(), file.size());
        while (at < end) {
            long page = at - at % PAGE_BYTES;
            int count = (int) (Math.min(page + PAGE_BYTES, end) - at);
            ByteBuffer part = buffer.slice(buffer.position(), count);
            try {
                file.read(part, at);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                unreadable.add(page);
                part.clear().put(new byte[count]);
            }
            buffer.position(buffer.position() + count);
            at += count;
        }
    }

    /** Whether a page between two positions could not be read when somebody tried to. */
    boolean isUnreadable(long from, long to) {
        Long page = unreadable.ceiling(from - from % PAGE_BYTES);
        return page != null && page < to;
    }

    /** Where pages can be read again behind the first, from a position on, that could not be read; the position if all could. */
    long behindUnreadable(long from) {
        Long page = unreadable.ceiling(from - from % PAGE_BYTES);
        if (page == null) {
            return from;
        }
        long end = page;
        while (unreadable.contains(end)) {
            end += PAGE_BYTES;
        }
        return end;
    }
}
