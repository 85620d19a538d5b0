package lattice.kernel.internal.view;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.thread.Joins;

/**
 * Sorts any number of cells in bounded memory: it keeps what fits, writes sorted runs to files when it doesn't, and merges
 * them in the end. Cells of one key are combined, whatever runs they are in. For one thread.
 */
public final class CellRuns implements Closeable {
    /** Of a run; there may be another on its way to its file. */
    private static final int MAX_CELLS = 128 * 1024;
    private static final long MAX_BYTES = 32L * 1024 * 1024;
    /** What is kept at first beside other work, in 16ths of the most; twice as much for each so many runs there are already. */
    private static final int FIRST_SHIFT = 4;
    private static final int RUNS_OF_A_SIZE = 16;
    private static final byte[] NO_KEY = new byte[0];

    private final FileLayer files;
    private final Path directory;
    private final boolean alone;
    /** Put in order only when they are read: to keep them so would take longer than all else. */
    private Map<KeyBytes, Cell> cells = new HashMap<>();
    private final List<Run> runs = new ArrayList<>();
    private final List<CellFile.Reader> open = new ArrayList<>();
    private long bytes;

    /**
     * @param directory where runs may be written; they are removed when this is closed
     * @param alone whether all wait for this: a thread of its own writes runs then; else less is kept, because all of it is alive,
     *     and collections of garbage, while which all wait, copy what is alive
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
        Run run = new Run(directory.resolve("run-" + runs.size() + ".tmp"), cells);
        if (alone) {
            awaitRuns();
            run.start();
        } else {
            run.write();
            run.await();
        }
        runs.add(run);
        cells = new HashMap<>();
        bytes = 0;
    }

    private void awaitRuns() throws IOException {
        for (Run run : runs) {
            run.await();
        }
    }

    /** Cells on their way to a file. */
    private final class Run {
        private final Path file;
        private Optional<Thread> thread = Optional.empty();
        /** Until they are all in the file. */
        private volatile Map<KeyBytes, Cell> unwritten;
        private volatile IOException failure;

        Run(Path file, Map<KeyBytes, Cell> cells) {
            this.file = file;
            unwritten = cells;
        }

        void start() {
            Thread writing = new Thread(this::write, "lattice-run");
            writing.setDaemon(true);
            writing.start();
            thread = Optional.of(writing);
        }

        void write() {
            try {
                files.delete(file);
                try (CellFile.Writer writer = CellFile.Writer.temporary(files, file)) {
                    for (Iterator<CellFile.Encoded> sorted = new SortedCells(unwritten).range(NO_KEY, true); sorted.hasNext();) {
                        CellFile.Encoded cell = sorted.next();
                        writer.add(cell.key(), cell.cell());
                    }
                    writer.complete();
                }
                unwritten = null;
            } catch (IOException | RuntimeException e) {
                failure = e instanceof IOException known ? known : new IOException(e);
            }
        }

        void end() {
            thread.ifPresent(Joins::join);
        }

        void await() throws IOException {
            end();
            if (failure != null) {
                throw failure;
            }
        }
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
        awaitRuns();
        for (Run run : runs) {
            CellFile.Reader reader = new CellFile.Reader(files, run.file);
            open.add(reader);
            sources.add(reader);
        }
        sources.add(new SortedCells(cells).range(NO_KEY, true));
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
        List<SortedCells> memory = new ArrayList<>(List.of(new SortedCells(cells)));
        if (snapshot != null) {
            indexed.add(IndexedCellFile.of(files, snapshot));
        }
        for (Run run : runs) {
            Map<KeyBytes, Cell> unwritten = run.unwritten;
            if (unwritten == null) {
                indexed.add(IndexedCellFile.of(files, run.file));
            } else {
                memory.add(new SortedCells(unwritten));
            }
        }
        return new MergedCells(indexed, memory);
    }

    @Override
    public void close() throws IOException {
        for (CellFile.Reader reader : open) {
            reader.close();
        }
        for (Run run : runs) {
            run.end();
            files.delete(run.file);
        }
    }
}
