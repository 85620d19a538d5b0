package lattice.kernel.internal.view;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.kernel.internal.codec.FormatException;

/**
 * What files of cells and cells in memory add up to, while a {@link View} is made of the same: slower to read, but at hand at
 * once, however many they are. It never changes.
 */
public final class MergedCells implements Cells {
    private final List<IndexedCellFile> files;
    private final List<SortedCells> memory;

    MergedCells(List<IndexedCellFile> files, List<SortedCells> memory) {
        this.files = List.copyOf(files);
        this.memory = List.copyOf(memory);
    }

    @Override
    public Optional<Cell> get(byte[] key) {
        return Stream.concat(memory.stream().map(cells -> cells.get(key)),
                files.stream().map(file -> file.get(key)).map(encoded -> encoded == null ? null : decode(key, encoded)))
                .filter(Objects::nonNull).reduce(ConflictRule::combine);
    }

    @Override
    public Gets gets() {
        return this::get;
    }

    @Override
    public Iterator<Map.Entry<byte[], byte[]>> range(byte[] from, boolean inclusive, byte[] to) {
        List<Iterator<? extends Map.Entry<byte[], byte[]>>> sources = new ArrayList<>();
        files.forEach(file -> sources.add(file.range(from, inclusive)));
        memory.forEach(cells -> sources.add(cells.range(from, inclusive)));
        return new CellMerge(sources, to);
    }

    @Override
    public Cell decode(byte[] key, byte[] bytes) {
        try {
            return Cell.decode(key, bytes);
        } catch (FormatException e) {
            throw new DamagedViewException("A cell that the view is made of is damaged: " + e.getMessage() + ".", e);
        }
    }

    @Override
    public long bytes() {
        return files.stream().mapToLong(IndexedCellFile::size).sum();
    }

    /** Nothing is held; the files belong to who made them. */
    @Override
    public void abandon() {
    }
}
