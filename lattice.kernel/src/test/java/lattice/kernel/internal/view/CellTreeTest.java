package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.DataOutput2;
import org.mapdb.Serializer;
import org.mapdb.StoreBinary;

final class CellTreeTest {
    private static final Author AUTHOR = new Author(new NodeId("00".repeat(32)), 0);
    private static final int LARGE = 10_000;

    @TempDir
    private Path folder;
    private DB db;
    private StoreBinary store;
    private CellTree tree;
    /** What should be there, encoded. */
    private final TreeMap<byte[], byte[]> expected = new TreeMap<>(Arrays::compareUnsigned);

    @BeforeEach
    void open() {
        db = DBMaker.fileDB(folder.resolve("tree").toFile()).fileMmapEnable().make();
        store = (StoreBinary) db.getStore();
        tree = CellTree.create(store, List.<CellFile.Encoded>of().iterator());
    }

    @AfterEach
    void close() {
        db.close();
    }

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] cell(byte[] key, long revision, int length) {
        return new Cell(new Version(HybridTime.ZERO, AUTHOR, 0), null, false, revision, revision, new byte[length]).encode(key);
    }

    private void put(TreeMap<byte[], byte[]> cells) {
        List<Map.Entry<byte[], byte[]>> sorted = new ArrayList<>(cells.entrySet());
        tree.putAll(new CellTree.Batch() {
            @Override
            public int size() {
                return sorted.size();
            }

            @Override
            public byte[] key(int index) {
                return sorted.get(index).getKey();
            }

            @Override
            public void encode(int index, ByteWriter out) {
                out.raw(sorted.get(index).getValue());
            }
        });
        cells.forEach((key, cell) -> {
            if (cell.length == 0) {
                expected.remove(key);
            } else {
                expected.put(key, cell);
            }
        });
    }

    private static void assertSame(Iterator<Map.Entry<byte[], byte[]>> found, Map<byte[], byte[]> expected) {
        for (Map.Entry<byte[], byte[]> one : expected.entrySet()) {
            assertThat(found).hasNext();
            Map.Entry<byte[], byte[]> next = found.next();
            assertThat(next.getKey()).isEqualTo(one.getKey());
            assertThat(next.getValue()).isEqualTo(one.getValue());
        }
        assertThat(found).isExhausted();
    }

    private void assertAllThere() {
        assertSame(tree.range(new byte[0], true, null), expected);
        expected.forEach((key, cell) -> assertThat(tree.get(key)).isEqualTo(cell));
    }

    /** Keys of all lengths, with parts in common, some with bytes above 127; values small, or too large for a leaf. */
    private static TreeMap<byte[], byte[]> batch(Random random, int size, int range, long revision) {
        TreeMap<byte[], byte[]> cells = new TreeMap<>(Arrays::compareUnsigned);
        while (cells.size() < size) {
            int number = random.nextInt(range);
            String text = "/" + (number % 3 == 0 ? "é" : "a") + "/" + Integer.toString(number, 2 + number % 30)
                    + (number % 50 == 0 ? "x".repeat(900) : "");
            byte[] key = key(text);
            int length = random.nextInt(40) == 0 ? LARGE : random.nextInt(40) == 0 ? 3000 : random.nextInt(150);
            cells.put(key, cell(key, revision, length));
        }
        return cells;
    }

    /** In order, so that most are in the leaf of the one before, and in no order; those that are there and those that are not. */
    @Test
    void aSearchFindsEachKeyWhereverTheOneBeforeWas() {
        Random random = new Random(5);
        for (int i = 0; i < 20; i++) {
            put(batch(random, 500, 20_000, i + 1));
        }
        List<byte[]> sought = new ArrayList<>(expected.keySet());
        batch(random, 2_000, 40_000, 1).keySet().forEach(sought::add);
        sought.sort(Arrays::compareUnsigned);
        CellTree.Search inOrder = tree.search();
        assertThat(sought).allSatisfy(key -> assertThat(inOrder.get(key)).isEqualTo(expected.get(key)));

        Collections.shuffle(sought, random);
        CellTree.Search inNone = tree.search();
        assertThat(sought).allSatisfy(key -> assertThat(inNone.get(key)).isEqualTo(expected.get(key)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 500", "2, 7, 800", "3, 500, 60", "4, 3000, 6"})
    void holdsWhatWasPutLastWhateverTheBatches(long seed, int size, int batches) {
        Random random = new Random(seed);
        for (int i = 0; i < batches; i++) {
            put(batch(random, size, 20_000, i + 1));
        }

        assertAllThere();
        assertThat(tree.get(key("/b"))).isNull();
        assertThat(tree.get(key("0"))).isNull();
        assertThat(tree.get(key("~"))).isNull();
    }

    @Test
    void rangesEndWhereTheyShould() {
        Random random = new Random(5);
        put(batch(random, 2000, 100_000, 1));
        List<byte[]> keys = new ArrayList<>(expected.keySet());

        for (int i = 0; i < 200; i++) {
            byte[] from = i % 2 == 0 ? keys.get(random.nextInt(keys.size())) : key("/a/" + Integer.toString(random.nextInt(50_000), 7));
            byte[] to = keys.get(random.nextInt(keys.size()));
            boolean inclusive = random.nextBoolean();
            if (Arrays.compareUnsigned(from, to) < 0) {
                assertSame(tree.range(from, inclusive, to), expected.subMap(from, inclusive, to, false));
            }
            assertSame(tree.range(from, inclusive, null), expected.tailMap(from, inclusive));
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "14", "15", "900", "30000"})
    void isMadeOfWhatIsInOrderAndGoesOnFromThere(int size) {
        Random random = new Random(size);
        TreeMap<byte[], byte[]> cells = batch(random, size, 100_000, 1);
        tree = CellTree.create(store, cells.entrySet().iterator());
        expected.putAll(cells);
        assertAllThere();

        put(batch(random, 3000, 100_000, 2));
        assertAllThere();
    }

    @Test
    void keysThatAreNotInOrderMakeNoTree() {
        List<CellFile.Encoded> wrong = List.of(new CellFile.Encoded(key("/b"), new byte[5]), new CellFile.Encoded(key("/a"), new byte[5]));

        assertThatThrownBy(() -> CellTree.create(store, wrong.iterator())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCellThatWasTooLargeForALeafGivesItsPlaceBack() {
        byte[] key = key("/large");
        long before = 0;
        for (int i = 1; i <= 200; i++) {
            TreeMap<byte[], byte[]> cells = new TreeMap<>(Arrays::compareUnsigned);
            cells.put(key, cell(key, i, LARGE));
            put(cells);
            if (i == 10) {
                before = folder.resolve("tree").toFile().length();
            }
        }

        assertAllThere();
        assertThat(folder.resolve("tree").toFile()).hasSize(before);
        store.verify();
    }

    @Test
    void keysThatGoAreGone() {
        put(batch(new Random(6), 3000, 50_000, 1));
        TreeMap<byte[], byte[]> gone = new TreeMap<>(Arrays::compareUnsigned);
        Random random = new Random(7);
        expected.keySet().forEach(key -> gone.put(key, new byte[0]));
        gone.keySet().removeIf(key -> random.nextInt(20) == 0);
        gone.put(key("/never"), new byte[0]);
        put(gone);
        assertThat(expected).hasSizeBetween(50, 400);
        assertAllThere();

        put(batch(random, 3000, 50_000, 2));
        assertAllThere();
    }

    @Test
    void readersSeeEachKeyWhileNodesAreDivided() throws Exception {
        TreeMap<byte[], byte[]> first = batch(new Random(9), 3000, 1_000_000, 1);
        put(first);
        List<byte[]> keys = new ArrayList<>(first.keySet());
        AtomicBoolean enough = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(2);
        try {
            Future<Long> gets = readers.submit(() -> {
                long done = 0;
                for (Random random = new Random(10); !enough.get() || done == 0; done++) {
                    byte[] key = keys.get(random.nextInt(keys.size()));
                    Cell.decode(key, tree.get(key));
                }
                return done;
            });
            Future<Long> ranges = readers.submit(() -> {
                long done = 0;
                for (; !enough.get() || done == 0; done++) {
                    int next = 0;
                    byte[] last = new byte[0];
                    for (Iterator<Map.Entry<byte[], byte[]>> all = tree.range(new byte[0], true, null); all.hasNext();) {
                        Map.Entry<byte[], byte[]> one = all.next();
                        assertThat(Arrays.compareUnsigned(one.getKey(), last)).isPositive();
                        Cell.decode(one.getKey(), one.getValue());
                        last = one.getKey();
                        if (next < keys.size() && Arrays.equals(last, keys.get(next))) {
                            next++;
                        }
                    }
                    assertThat(next).isEqualTo(keys.size());
                }
                return done;
            });
            Random random = new Random(11);
            for (int i = 0; i < 60; i++) {
                put(batch(random, 400, 1_000_000, i + 2));
            }
            enough.set(true);
            assertThat(gets.get(1, TimeUnit.MINUTES)).isPositive();
            assertThat(ranges.get(1, TimeUnit.MINUTES)).isPositive();
        } finally {
            enough.set(true);
            readers.shutdownNow();
        }
        assertAllThere();
    }

    @Test
    void garbageInANodeIsAnErrorAndNeitherALoopNorAWrongCell() throws IOException {
        put(batch(new Random(12), 400, 10_000, 1));
        byte[] key = expected.firstKey();
        Random random = new Random(13);
        for (int i = 0; i < 300; i++) {
            byte[] garbage = new byte[random.nextInt(200)];
            random.nextBytes(garbage);
            if (garbage.length > 0) {
                garbage[0] = (byte) random.nextInt(3);
            }
            store.update(tree.root(), garbage, Serializer.BYTE_ARRAY_NOSIZE);
            byte[] found;
            try {
                found = tree.get(key);
            } catch (RuntimeException | AssertionError e) {
                // Whatever it is, the view tells it as damage.
                continue;
            }
            if (found != null) {
                // What stands where a cell should is known by its checksum.
                assertThatThrownBy(() -> Cell.decode(key, found)).isInstanceOf(FormatException.class);
            }
        }
    }

    @Test
    void nodesThatAreLinkedInACircleHoldNobody() throws IOException {
        ByteWriter circle = new ByteWriter(64).u32(0).u8(0).u8(0).u8(0).u64(tree.root()).u8(0).u8(1).raw(key("/"));
        store.update(tree.root(), summed(tree.root(), circle.toBytes()), Serializer.BYTE_ARRAY_NOSIZE);

        assertThatThrownBy(() -> tree.get(key("/a"))).hasMessageContaining("circle");
        assertThatThrownBy(() -> tree.range(key("/"), true, null)).hasMessageContaining("circle");
    }

    @Test
    void aNodeIsWrittenAsItIsLaidOut() throws IOException {
        TreeNodeBuilder builder = new TreeNodeBuilder();
        builder.add(key("/a"), new byte[] {TreeNode.INLINE, 7});
        builder.add(key("/bc"), new byte[] {TreeNode.INLINE, 8, 9});
        DataOutput2 out = new DataOutput2();
        TreeNodeBuilder.SERIALIZER.serialize(out, builder.encode(77, TreeNode.LEAF, 0, 2, 5, key("/c")));

        assertThat(out.copyBytes()).isEqualTo(summed(77, new ByteWriter(64).u32(0).u8(0).u8(0).u8(2).u64(5).u8(0).u8(2)
                .u8(0).u8(2).u8(0).u8(5).u8(0).u8(2).u8(0).u8(5).raw(key("/c/a/bc")).u8(0).u8(7).u8(0).u8(8).u8(9).toBytes()));
    }

    /** A node with the checksum that it needs in a record. */
    private static byte[] summed(long record, byte[] node) {
        return ByteBuffer.wrap(node).putInt(0, TreeNode.crc(record, ByteBuffer.wrap(node), 0, node.length)).array();
    }

    /** While the file is open: each answer is what it was, or an error. */
    @Test
    void aBitThatChangesInAnyNodeIsNeverAWrongAnswer() {
        TreeMap<byte[], byte[]> absent = batch(new Random(21), 500, 100_000, 1);
        put(batch(new Random(20), 3000, 50_000, 1));
        absent.keySet().removeAll(expected.keySet());
        List<byte[]> keys = new ArrayList<>(expected.keySet());
        keys.addAll(absent.keySet());
        List<Long> nodes = nodes();
        Random random = new Random(22);
        int noticed = 0;
        for (int i = 0; i < 3000; i++) {
            long record = nodes.get(random.nextInt(nodes.size()));
            byte[] whole = store.get(record, Serializer.BYTE_ARRAY_NOSIZE);
            byte[] flipped = whole.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            store.update(record, flipped, Serializer.BYTE_ARRAY_NOSIZE);
            CellTree.Search search = tree.search();
            for (int j = 0; j < 20; j++) {
                byte[] key = keys.get(random.nextInt(keys.size()));
                noticed += isNoticed(() -> tree.get(key), key) | isNoticed(() -> search.get(key), key) ? 1 : 0;
            }
            if (i % 100 == 0) {
                assertThatThrownBy(() -> assertSame(tree.range(new byte[0], true, null), expected))
                        .isNotInstanceOf(AssertionError.class);
            }
            store.update(record, whole, Serializer.BYTE_ARRAY_NOSIZE);
        }
        assertThat(noticed).isPositive();
        assertAllThere();
    }

    private boolean isNoticed(Supplier<byte[]> get, byte[] key) {
        byte[] found;
        try {
            found = get.get();
            if (found != null) {
                Cell.decode(key, found);
            }
        } catch (RuntimeException | AssertionError | FormatException e) {
            // Whatever it is, the view tells it as damage.
            return true;
        }
        assertThat(found).isEqualTo(expected.get(key));
        return false;
    }

    /** The records of all nodes. */
    private List<Long> nodes() {
        List<Long> nodes = new ArrayList<>(List.of(tree.root()));
        for (int i = 0; i < nodes.size(); i++) {
            ByteBuffer node = ByteBuffer.wrap(store.get(nodes.get(i), Serializer.BYTE_ARRAY_NOSIZE));
            for (int child = 0; TreeNode.level(node, 0) != TreeNode.LEAF && child < TreeNode.count(node, 0); child++) {
                nodes.add(TreeNode.child(node, 0, child));
            }
        }
        return nodes;
    }

    /** What is written in the place of a damaged node would be sound, and nobody would notice any more. */
    @Test
    void nothingIsWrittenOverADamagedNode() {
        put(batch(new Random(23), 3000, 50_000, 1));
        Random random = new Random(24);
        for (long record : nodes()) {
            byte[] whole = store.get(record, Serializer.BYTE_ARRAY_NOSIZE);
            byte[] flipped = whole.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            store.update(record, flipped, Serializer.BYTE_ARRAY_NOSIZE);
            assertThatThrownBy(() -> put(new TreeMap<>(expected))).isInstanceOfAny(RuntimeException.class, AssertionError.class);
            assertThat(store.get(record, Serializer.BYTE_ARRAY_NOSIZE)).isEqualTo(flipped);
            store.update(record, whole, Serializer.BYTE_ARRAY_NOSIZE);
        }
        assertAllThere();
    }
}
