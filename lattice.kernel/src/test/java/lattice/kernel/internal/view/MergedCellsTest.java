package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.files.DiskFiles;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

final class MergedCellsTest {
    private static final int NAMES = 300;
    private static final int MAX_VALUE_BYTES = 8000;

    private static byte[] key(int n) {
        return ("/t/" + n).getBytes(StandardCharsets.UTF_8);
    }

    private static Map<KeyBytes, Cell> cells(Random random, long source) {
        Map<KeyBytes, Cell> cells = new HashMap<>();
        for (int i = random.nextInt(NAMES); i > 0; i--) {
            byte[] value = random.nextInt(4) == 0 ? null : new byte[random.nextInt(MAX_VALUE_BYTES)];
            Author author = new Author(new NodeId("ab".repeat(32)), source);
            cells.put(new KeyBytes(key(random.nextInt(NAMES))),
                    new Cell(new Version(new HybridTime(random.nextInt(1000)), author, i), null, false, i, i, value));
        }
        return cells;
    }

    private static IndexedCellFile file(Path path, Map<KeyBytes, Cell> cells) throws IOException {
        try (CellFile.Writer writer = new CellFile.Writer(new DiskFiles(), path, new byte[] {1})) {
            for (Iterator<CellFile.Encoded> sorted = new SortedCells(cells).range(new byte[0], true); sorted.hasNext();) {
                CellFile.Encoded cell = sorted.next();
                writer.add(cell.key(), cell.cell());
            }
            writer.finish();
        }
        return IndexedCellFile.of(new DiskFiles(), path);
    }

    private static List<String> range(Cells cells, byte[] from, boolean inclusive, byte[] to) {
        List<String> found = new ArrayList<>();
        cells.range(from, inclusive, to).forEachRemaining(
                entry -> found.add(new String(entry.getKey(), StandardCharsets.UTF_8) + " " + Arrays.hashCode(entry.getValue())));
        return found;
    }

    /** Whoever has read some here may go on in the view. */
    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void saysWhatTheViewSaysThatIsMadeOfIt(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Path folder = Files.createTempDirectory("merged");
        try {
            TreeMap<byte[], Cell> expected = new TreeMap<>(Arrays::compareUnsigned);
            List<IndexedCellFile> files = new ArrayList<>();
            List<SortedCells> memory = new ArrayList<>();
            List<Map<KeyBytes, Cell>> sources = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                Map<KeyBytes, Cell> cells = cells(random, -i);
                sources.add(cells);
                memory.add(new SortedCells(cells));
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                Map<KeyBytes, Cell> cells = cells(random, i);
                sources.add(cells);
                files.add(file(folder.resolve("file" + i), cells));
            }
            sources.forEach(source -> source.forEach((key, cell) -> expected.merge(key.bytes(), cell, ConflictRule::combine)));
            MergedCells merged = new MergedCells(files, memory);
            try (View view = View.create(folder.resolve("view"), merged.range(new byte[0], true, null))) {
                Cells.Gets gets = merged.gets();
                for (int n = -1; n <= NAMES; n++) {
                    byte[] key = key(n);
                    byte[] encoded = expected.containsKey(key) ? expected.get(key).encode(key) : null;
                    for (Optional<Cell> found : List.of(merged.get(key), view.get(key), gets.get(key))) {
                        assertThat(found.map(cell -> cell.encode(key)).orElse(null)).isEqualTo(encoded);
                    }
                }
                for (int i = 0; i < 50; i++) {
                    byte[] from = i == 0 ? new byte[0] : key(random.nextInt(NAMES));
                    byte[] to = random.nextInt(3) == 0 ? null : key(random.nextInt(NAMES));
                    boolean inclusive = random.nextBoolean();
                    assertThat(range(merged, from, inclusive, to)).isEqualTo(range(view, from, inclusive, to));
                }
                assertThat(range(merged, new byte[0], true, null)).hasSize(expected.size());
            }
        } finally {
            try (Stream<Path> left = Files.list(folder)) {
                for (Path path : left.toList()) {
                    Files.delete(path);
                }
            }
            Files.delete(folder);
        }
    }
}
