package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.files.DiskFiles;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CellRunsTest {
    private static final int PUTS = 300_000;
    private static final Author AUTHOR = new Author(new NodeId("ab".repeat(32)), 1);

    @TempDir
    Path folder;

    private static Cell cell(long time) {
        return new Cell(new Version(new HybridTime(time), AUTHOR, 0), null, true, 1, 1, new byte[] {(byte) time});
    }

    private static void assertSame(Iterator<Map.Entry<byte[], byte[]>> found, Map<byte[], Cell> expected) {
        expected.forEach((key, cell) -> {
            Map.Entry<byte[], byte[]> next = found.next();
            assertThat(next.getKey()).isEqualTo(key);
            assertThat(next.getValue()).isEqualTo(cell.encode(key));
        });
        assertThat(found.hasNext()).isFalse();
    }

    /** Far more than it keeps in memory; keys come again when what came before is in a file. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sortsMoreThanItKeepsInMemory(boolean alone) throws Exception {
        Random random = new Random(1);
        TreeMap<byte[], Cell> expected = new TreeMap<>(Arrays::compareUnsigned);
        try (CellRuns runs = new CellRuns(new DiskFiles(), folder, alone)) {
            for (int i = 1; i <= PUTS; i++) {
                byte[] key = ("/t/" + random.nextInt(PUTS)).getBytes(StandardCharsets.UTF_8);
                runs.put(key, cell(i));
                expected.put(key, cell(i));
            }
            MergedCells readable = runs.readable(null);
            byte[] some = expected.navigableKeySet().higher("/t/2".getBytes(StandardCharsets.UTF_8));
            assertThat(readable.get(some).orElseThrow().version()).isEqualTo(expected.get(some).version());
            assertSame(readable.range(new byte[0], true, null), expected);
            assertSame(runs.merged(null), expected);
            assertThat(folder.toFile().list()).as("runs").isNotEmpty();
        }
        assertThat(folder.toFile().list()).as("what is left behind").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRunThatCanNotBeWrittenIsTold(boolean alone) throws Exception {
        try (CellRuns runs = new CellRuns(new DiskFiles(), folder.resolve("missing"), alone)) {
            assertThatThrownBy(() -> {
                for (int i = 1; i <= PUTS; i++) {
                    runs.put(("/t/" + i).getBytes(StandardCharsets.UTF_8), cell(i));
                }
                runs.merged(null);
            }).isInstanceOf(IOException.class);
        }
    }
}
