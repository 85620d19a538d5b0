package lattice.kernel.internal.view;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;

/**
 * A {@link CellFile} in which any thread finds keys: in memory are the first key and the place of each block, and each read checks
 * its block. The file is opened for each: a thread that is interrupted while it reads closes what it reads from.
 */
final class IndexedCellFile {
    private final FileLayer files;
    private final Path path;
    private final long size;
    private final List<Block> blocks;

    private record Block(byte[] firstKey, long place) {
    }

    private IndexedCellFile(FileLayer files, Path path, long size, List<Block> blocks) {
        this.files = files;
        this.path = path;
        this.size = size;
        this.blocks = blocks;
    }

    /**
     * Reads all of a file, to find what is where.
     *
     * @throws DamagedViewException if it can't be read, or is damaged
     */
    static IndexedCellFile of(FileLayer files, Path path) {
        try (CellFile.Reader reader = new CellFile.Reader(files, path)) {
            List<Block> blocks = new ArrayList<>();
            for (long place = reader.place(); ; place = reader.place()) {
                CellBlock.Decoder block = reader.nextBlock().map(CellBlock.Decoder::new).orElse(null);
                if (block == null) {
                    return new IndexedCellFile(files, path, reader.size(), blocks);
                }
                blocks.add(new Block(block.next().key(), place));
            }
        } catch (IOException e) {
            throw new DamagedViewException(e.getMessage(), e);
        } catch (FormatException e) {
            throw unreadable(path, e);
        }
    }

    private static DamagedViewException unreadable(Path path, FormatException e) {
        return new DamagedViewException(path + " is damaged: " + e.getMessage() + ".", e);
    }

    long size() {
        return size;
    }

    /** The encoded cell of a key; null if there is none. */
    byte[] get(byte[] key) {
        Range from = new Range(key, true);
        return from.hasNext() && Arrays.equals(from.next.key(), key) ? from.next.cell() : null;
    }

    /**
     * The cells in a range, in order.
     *
     * @param from the first key
     */
    Iterator<CellFile.Encoded> range(byte[] from, boolean inclusive) {
        return new Range(from, inclusive);
    }

    private final class Range implements Iterator<CellFile.Encoded> {
        private int index;
        private CellBlock.Decoder block;
        private CellFile.Encoded next;

        Range(byte[] from, boolean inclusive) {
            index = Math.max(0, lastBlockThatBeginsUpTo(from));
            int order;
            do {
                advance();
                order = next == null ? 1 : Arrays.compareUnsigned(next.key(), from);
            } while (order < 0 || order == 0 && !inclusive);
        }

        private void advance() {
            try {
                while (block == null || !block.hasNext()) {
                    if (index == blocks.size()) {
                        next = null;
                        return;
                    }
                    block = new CellBlock.Decoder(read(blocks.get(index++).place()));
                }
                next = block.next();
            } catch (FormatException e) {
                throw unreadable(path, e);
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public CellFile.Encoded next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            CellFile.Encoded given = next;
            advance();
            return given;
        }
    }

    private int lastBlockThatBeginsUpTo(byte[] key) {
        int low = 0;
        int high = blocks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Arrays.compareUnsigned(blocks.get(middle).firstKey(), key) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private byte[] read(long place) {
        boolean interrupted = false;
        try {
            while (true) {
                try (OpenFile file = files.read(path)) {
                    return CellFile.block(file, path, size, place).body();
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } catch (IOException e) {
            throw new DamagedViewException(e.getMessage(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
