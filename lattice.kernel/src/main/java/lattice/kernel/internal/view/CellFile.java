package lattice.kernel.internal.view;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;

/**
 * A file of cells in the order of their keys: what snapshots, backups and the runs of a rebuild are made of.
 *
 * <pre>
 * file  := "LTC-CEL" version:u8 = 3 block* last
 * block := length:u32 crc:u32 body                length is that of the body, never 0; the CRC32C is of the body
 * last  := 0:u32 crc:u32 count:u64                how many cells there are; the CRC32C is of the count
 * </pre>
 *
 * <p>The body of the first block is what the writer says about the file as a whole; that of each other one is cells as in
 * {@link CellBlock}, in all about 64 KiB. A file without its last part was never finished and is no good.
 */
public final class CellFile {
    private static final byte[] MAGIC = {'L', 'T', 'C', '-', 'C', 'E', 'L'};
    private static final int VERSION = 3;
    private static final int BLOCK_BYTES = 64 * 1024;
    private static final int MAX_BLOCK_BYTES = 256 * 1024 * 1024;
    private static final int HEAD_BYTES = 8;
    private static final long SYNC_EVERY = 4 * 1024 * 1024;

    private CellFile() {
    }

    /** A cell with its key, both encoded. */
    public record Encoded(byte[] key, byte[] cell) implements Map.Entry<byte[], byte[]> {
        @Override
        public byte[] getKey() {
            return key;
        }

        @Override
        public byte[] getValue() {
            return cell;
        }

        @Override
        public byte[] setValue(byte[] value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Encoded that && Arrays.equals(key, that.key) && Arrays.equals(cell, that.cell);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(key);
        }
    }

    /** Writes a file; it counts only once {@link #finish} has returned. */
    public static final class Writer implements Closeable {
        private final OpenFile file;
        private final ByteWriter block = new ByteWriter(BLOCK_BYTES * 2);
        private final CellBlock.Encoder cells = new CellBlock.Encoder(block);
        private final long syncEvery;
        private long place;
        private long synced;
        private long count;

        /** @param about what to say about the file as a whole */
        public Writer(FileLayer files, Path path, byte[] about) throws IOException {
            this(files, path, about, SYNC_EVERY);
        }

        /** One of a file that need not outlive the process. */
        static Writer temporary(FileLayer files, Path path) throws IOException {
            return new Writer(files, path, new byte[] {0}, Long.MAX_VALUE);
        }

        private Writer(FileLayer files, Path path, byte[] about, long syncEvery) throws IOException {
            this.syncEvery = syncEvery;
            file = files.create(path);
            byte[] head = Arrays.copyOf(MAGIC, HEAD_BYTES);
            head[MAGIC.length] = VERSION;
            write(head, head.length);
            byte[] aboutHead = new ByteWriter(HEAD_BYTES).u32(about.length).u32(Crc.of(about)).toBytes();
            write(aboutHead, aboutHead.length);
            write(about, about.length);
            startBlock();
        }

        public void add(byte[] key, byte[] cell) throws IOException {
            cells.add(key, cell);
            count++;
            if (block.length() >= BLOCK_BYTES) {
                flush();
            }
        }

        private void flush() throws IOException {
            if (block.length() > HEAD_BYTES) {
                int length = block.length() - HEAD_BYTES;
                block.setU32(0, length);
                block.setU32(4, Crc.of(block.buffer(), HEAD_BYTES, length));
                write(block.buffer(), block.length());
            }
            startBlock();
        }

        private void startBlock() {
            block.clear();
            block.reserve(HEAD_BYTES);
            cells.start();
        }

        private void write(byte[] bytes, int length) throws IOException {
            file.write(ByteBuffer.wrap(bytes, 0, length), place);
            place += length;
            if (place - synced >= syncEvery) {
                // All at once at the end it would be a queue that every write to the log must wait behind.
                file.sync();
                synced = place;
            }
        }

        /** Returns when all is on disk. */
        public void finish() throws IOException {
            complete();
            file.sync();
        }

        /** Writes what is left; all of it is then in the file, though not yet on disk. */
        void complete() throws IOException {
            flush();
            byte[] last = new ByteWriter(16).u32(0).u32(Crc.of(new ByteWriter(8).u64(count).toBytes())).u64(count).toBytes();
            write(last, last.length);
        }

        public long bytes() {
            return place;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** A block of cells, or the last part of a file, whose body is how many cells there are. */
    record Block(boolean isLast, byte[] body) {
    }

    /** Reads the block at a place, and checks it. */
    static Block block(OpenFile file, Path path, long size, long place) throws IOException {
        ByteBuffer head = read(file, path, size, place, HEAD_BYTES);
        int length = head.getInt();
        int crc = head.getInt();
        if (length < 0 || length > MAX_BLOCK_BYTES || length > size - place - HEAD_BYTES) {
            throw damaged(path, place);
        }
        boolean isLast = length == 0;
        byte[] body = read(file, path, size, place + HEAD_BYTES, isLast ? Long.BYTES : length).array();
        if (Crc.of(body) != crc) {
            throw damaged(path, place);
        }
        return new Block(isLast, body);
    }

    private static ByteBuffer read(OpenFile file, Path path, long size, long place, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length <= size - place ? length : 0);
        file.read(bytes, place);
        if (bytes.position() < length) {
            throw new IOException(path + " is damaged: it ends at byte " + size + " before it is whole.");
        }
        return bytes.flip();
    }

    private static IOException damaged(Path path, long place) {
        return new IOException(path + " is damaged at byte " + place + ".");
    }

    /** Reads a file from its start to its end, each block checked before anything of it is given out. */
    public static final class Reader implements Iterator<Encoded>, Closeable {
        private final Path path;
        private final OpenFile file;
        private final long size;
        private final byte[] about;
        private long place;
        private long count;
        private CellBlock.Decoder block;
        private boolean finished;
        /** How many cells there are, once it is finished. */
        private long total;

        /** @throws IOException if it is no such file, or of a newer version; a sentence */
        public Reader(FileLayer files, Path path) throws IOException {
            this.path = path;
            size = files.size(path);
            file = files.read(path);
            try {
                byte[] head = read(file, path, size, 0, HEAD_BYTES).array();
                place = HEAD_BYTES;
                if (!Arrays.equals(Arrays.copyOf(head, MAGIC.length), MAGIC)) {
                    throw new IOException(path + " is no file of cells of Lattice's.");
                }
                if (head[MAGIC.length] != VERSION) {
                    throw new IOException(path + " is of format " + head[MAGIC.length] + ", this node knows format " + VERSION
                            + (head[MAGIC.length] > VERSION ? ": use a newer Lattice." : ": use the Lattice that wrote it."));
                }
                about = nextBlock().orElse(new byte[0]);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        }

        /** What the writer said about the file as a whole. */
        public byte[] about() {
            return about;
        }

        /** @throws DamagedViewException if the file is damaged here */
        @Override
        public boolean hasNext() {
            try {
                while (!finished && (block == null || !block.hasNext())) {
                    block = nextBlock().map(CellBlock.Decoder::new).orElse(null);
                }
                if (finished && count != total) {
                    throw new IOException(path + " is damaged: it says that it holds " + total + " cells, and holds " + count + ".");
                }
                return !finished;
            } catch (IOException e) {
                throw new DamagedViewException(e.getMessage(), e);
            }
        }

        @Override
        public Encoded next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            try {
                count++;
                return block.next();
            } catch (FormatException e) {
                throw new DamagedViewException(path + " is damaged before byte " + place + ": " + e.getMessage() + ".", e);
            }
        }

        /** The body of the next block; empty at the end. */
        Optional<byte[]> nextBlock() throws IOException {
            Block next = block(file, path, size, place);
            place += HEAD_BYTES + next.body().length;
            if (!next.isLast()) {
                return Optional.of(next.body());
            }
            total = ByteBuffer.wrap(next.body()).getLong();
            finished = true;
            return Optional.empty();
        }

        /** How far it has come, of {@link #size()}. */
        public long place() {
            return place;
        }

        public long size() {
            return size;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
