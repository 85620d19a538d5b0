package lattice.kernel.internal.view;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import lattice.kernel.internal.files.FileLayer;

/**
 * Sorts any number of cells in bounded memory: it keeps what fits, writes sorted runs to files when it doesn't, and merges
 * them in the end. Cells of one key are combined, whatever runs they are in.
 */
public final class CellRuns implements Closeable {
    private static final int MAX_CELLS = 256 * 1024;
    private static final long MAX_BYTES = 64L * 1024 * 1024;
    /** What is kept at first beside other work, in 32nds of the most; twice as much for each so many runs there are already. */
    private static final int FIRST_SHIFT = 5;
    private static final int RUNS_OF_A_SIZE = 16;
    private static final byte[] NO_KEY = new byte[0];

    private final FileLayer files;
    private final Path directory;
    private final boolean alone;
    /** Put in order only when they are read: to keep them so would take longer than all else. */
    private final Map<KeyBytes, Cell> cells = new HashMap<>();
    private final List<Path> runs = new ArrayList<>();
    private final List<CellFile.Reader> open = new ArrayList<>();
    private long bytes;

    /**
     * @param directory where runs may be written; they are removed when this is closed
     * @param alone whether nobody waits for this process meanwhile; else less is kept, because all of it is alive, and collections
     *     of garbage, while which all wait, copy what is alive
     */
    public CellRuns(FileLayer files, Path directory, boolean alone) {
        this.files = files;
        this.directory = directory;
        this.alone = alone;
    }

    /** What has been added for a key, as far as it is in memory; null if nothing. */
    public Cell get(byte[] key) {
        return cells.get(new KeyBytes(key));
    }

    /** Puts a cell in the place of the one that {@link #get} gave. */
    public void put(byte[] key, Cell cell) throws IOException {
        Cell before = cells.put(new KeyBytes(key), cell);
        bytes += cell.weight() - (before == null ? -key.length : before.weight());
        int shift = alone ? 0 : Math.max(0, FIRST_SHIFT - runs.size() / RUNS_OF_A_SIZE);
        if (cells.size() >= MAX_CELLS >> shift || bytes >= MAX_BYTES >> shift) {
            spill();
        }
    }

    private void spill() throws IOException {
        Path run = directory.resolve("run-" + runs.size() + ".tmp");
        files.delete(run);
        runs.add(run);
        try (CellFile.Writer writer = CellFile.Writer.temporary(files, run)) {
            for (Iterator<CellFile.Encoded> sorted = sorted(); sorted.hasNext();) {
                CellFile.Encoded cell = sorted.next();
                writer.add(cell.key(), cell.cell());
            }
            writer.complete();
        }
        cells.clear();
        bytes = 0;
    }

    private Iterator<CellFile.Encoded> sorted() {
        return new SortedCells(cells).range(NO_KEY, true);
    }

    /**
     * All that was added, encoded, in the order of keys.
     *
     * @param snapshot cells to combine with; null for none
     */
    public Iterator<Map.Entry<byte[], byte[]>> merged(Iterator<? extends Map.Entry<byte[], byte[]>> snapshot)
            throws IOException {
        List<Iterator<? extends Map.Entry<byte[], byte[]>>> sources = new ArrayList<>();
        if (snapshot != null) {
            sources.add(snapshot);
        }
        for (Path run : runs) {
            CellFile.Reader reader = new CellFile.Reader(files, run);
            open.add(reader);
            sources.add(reader);
        }
        sources.add(sorted());
        return new CellMerge(sources, null);
    }

    /**
     * All that was added, to be read before it is merged; nothing is added any more.
     *
     * @param snapshot cells to combine with; null for none
     * @throws DamagedViewException if a file is damaged
     */
    public MergedCells readable(Path snapshot) {
        List<IndexedCellFile> indexed = new ArrayList<>();
        if (snapshot != null) {
            indexed.add(IndexedCellFile.of(files, snapshot));
        }
        for (Path run : runs) {
            indexed.add(IndexedCellFile.of(files, run));
        }
        return new MergedCells(indexed, new SortedCells(cells));
    }

    @Override
    public void close() throws IOException {
        for (CellFile.Reader reader : open) {
            reader.close();
        }
        for (Path run : runs) {
            files.delete(run);
        }
    }
}
