package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.FileLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that a view was closed cleanly, and what else a store would have to read its log for. It is removed, and its removal
 * on disk, before anything is written to log or view.
 *
 * <pre>
 * marker := "LTC-CLN" version:u8 = 5  store:32  log id:text  view file:text  view bytes:varint  view crc:u32
 *           log end:varint  revision:varint  memory:blob  crc:u32
 * </pre>
 *
 * @param store which store
 * @param logId which log
 * @param viewFile the name of the view's file
 * @param viewBytes how long that is
 * @param viewCrc what {@link FileLayer#crc} makes of all of it: MapDB itself doesn't notice if a node of its tree has changed
 * @param logEnd how long that was
 * @param revision its last commit, and the view's
 * @param memory what {@link Memory} wrote
 */
record CleanMarker(Hash store, String logId, String viewFile, long viewBytes, int viewCrc, long logEnd, long revision,
        byte[] memory) {
    private static final Logger LOG = LoggerFactory.getLogger(CleanMarker.class);
    private static final byte[] MAGIC = {'L', 'T', 'C', '-', 'C', 'L', 'N'};
    private static final int VERSION = 5;
    private static final int MAX_BYTES = 256 * 1024 * 1024;

    void write(FileLayer files, Path file) throws IOException {
        ByteWriter out = new ByteWriter(1024);
        out.raw(MAGIC).u8(VERSION);
        store.write(out);
        out.text(logId).text(viewFile).varint(viewBytes).u32(viewCrc).varint(logEnd).varint(revision).blob(memory);
        out.u32(Crc.of(out.buffer(), 0, out.length()));
        files.writeAll(file, out.toBytes());
    }

    /** The marker; empty if there is none, or none that can be trusted. */
    static Optional<CleanMarker> read(FileLayer files, Path file) {
        Optional<byte[]> read;
        try {
            read = files.readAll(file, MAX_BYTES);
        } catch (IOException e) {
            LOG.warn("{} can't be read, so the view is made anew: {}", file, e.getMessage());
            return Optional.empty();
        }
        if (read.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = read.get();
        try {
            if (bytes.length < MAGIC.length + 5
                    || new ByteReader(bytes, bytes.length - 4, 4).u32() != Crc.of(bytes, 0, bytes.length - 4)) {
                throw new FormatException("it is damaged");
            }
            ByteReader in = new ByteReader(bytes, 0, bytes.length - 4);
            if (!Arrays.equals(in.raw(MAGIC.length), MAGIC)) {
                throw new FormatException("it is no marker of Lattice's");
            }
            int version = in.u8();
            if (version != VERSION) {
                throw new FormatException("it is of format " + version + ", and this node knows format " + VERSION);
            }
            CleanMarker marker = new CleanMarker(Hash.read(in), in.text(64), in.text(64), in.varint(), in.u32(), in.varint(),
                    in.varint(), in.blob(MAX_BYTES));
            in.expectEnd("a marker");
            return Optional.of(marker);
        } catch (FormatException e) {
            LOG.warn("{} can't be used, so the view is made anew from the log: {}.", file, e.getMessage());
            return Optional.empty();
        }
    }

    static void remove(FileLayer files, Path file) throws IOException {
        if (files.exists(file)) {
            files.delete(file);
            files.syncDirectory(file.getParent());
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CleanMarker that && store.equals(that.store) && logId.equals(that.logId)
                && viewFile.equals(that.viewFile) && viewBytes == that.viewBytes && viewCrc == that.viewCrc
                && logEnd == that.logEnd && revision == that.revision && Arrays.equals(memory, that.memory);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(revision);
    }
}
