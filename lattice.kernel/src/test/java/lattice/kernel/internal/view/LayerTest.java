package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import org.junit.jupiter.api.Test;

final class LayerTest {
    private static final Version VERSION = new Version(HybridTime.ZERO, new Author(new NodeId("00".repeat(32)), 0), 0);

    private final Layer layer = new Layer();

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(Layer layer, String key, long revision) {
        layer.add(new Update(key(key), new Cell(VERSION, null, false, revision, revision, new byte[0])), revision);
        layer.reached(revision);
    }

    private void put(String key, long revision) {
        put(layer, key, revision);
    }

    private static String text(Update update) {
        return new String(update.key(), StandardCharsets.UTF_8) + "=" + update.revision;
    }

    private List<String> range(String from, boolean inclusive, String to) {
        List<String> found = new ArrayList<>();
        layer.range(key(from), inclusive, to == null ? null : key(to)).forEachRemaining(update -> found.add(text(update)));
        return found;
    }

    private Update get(String key) {
        return layer.get(key(key), KeyTable.hash(key(key)));
    }

    private static List<String> seen(long revision, Layer... newestFirst) {
        List<String> found = new ArrayList<>();
        LayersRange range = new LayersRange(newestFirst, key("/"), true, null, revision);
        for (; range.key() != null; range.advance()) {
            found.add(new String(range.key(), StandardCharsets.UTF_8) + "=" + (range.cell() == null ? "?" : range.cell().revision()));
        }
        return found;
    }

    @Test
    void aRangeIsInOrderWhateverTheOrderOfPutsBeforeItIsClosedAndAfter() {
        put("/c", 1);
        put("/a", 2);
        put("/b", 3);
        for (int i = 0; i < 3; i++) {
            assertThat(range("/a", true, null)).containsExactly("/a=2", "/b=3", "/c=1");
            assertThat(range("/a", false, "/c")).containsExactly("/b=3");
            assertThat(range("/bb", true, null)).containsExactly("/c=1");
            if (i == 0) {
                layer.close();
            } else {
                layer.sorted();
            }
        }
    }

    @Test
    void aKeyThatWasPutAgainIsThereOnceAndAnew() {
        put("/a", 1);
        range("/a", true, null);
        put("/a", 2);
        put("/a", 3);

        assertThat(range("/a", true, null)).containsExactly("/a=3");
        assertThat(text(get("/a"))).isEqualTo("/a=3");
        assertThat(text(get("/a").previous)).isEqualTo("/a=2");
        assertThat(get("/a").previous.previous).isNull();
        assertThat(get("/a").first).isFalse();
    }

    @Test
    void ofACommitThatWritesAKeyTwiceReadersSeeTheLastOrWhatWasBeforeIt() {
        put("/a", 1);
        put("/a", 2);
        put("/a", 2);
        put("/b", 2);
        put("/b", 2);

        assertThat(text(get("/a").previous)).isEqualTo("/a=1");
        assertThat(get("/b").first).isTrue();
        assertThat(get("/b").previous).isNull();
        assertThat(seen(1, layer)).containsExactly("/a=1", "/b=?");
        assertThat(seen(2, layer)).containsExactly("/a=2", "/b=2");
    }

    @Test
    void aRangeThatIsBeingReadGoesOnWhenTheLayerIsPutInOrderForGood() {
        put("/a", 1);
        put("/b", 2);
        put("/c", 3);
        Iterator<Update> reading = layer.range(key("/"), true, null);
        assertThat(text(reading.next())).isEqualTo("/a=1");
        layer.close();
        layer.sorted();

        assertThat(text(reading.next())).isEqualTo("/b=2");
        assertThat(text(reading.next())).isEqualTo("/c=3");
        assertThat(reading.hasNext()).isFalse();
    }

    @Test
    void whatLaterLayersDontSayYetEarlierOnesDo() {
        Layer later = new Layer();
        put("/a", 1);
        put("/b", 2);
        put(later, "/b", 3);
        put(later, "/c", 4);

        assertThat(seen(4, later, layer)).containsExactly("/a=1", "/b=3", "/c=4");
        assertThat(seen(3, later, layer)).containsExactly("/a=1", "/b=3", "/c=?");
        assertThat(seen(2, later, layer)).containsExactly("/a=1", "/b=2", "/c=?");
    }

    @Test
    void whatHappenedTooLongAgoForALaterLayerIsNotTakenFromAnEarlierOne() {
        Layer later = new Layer();
        put("/a", 1);
        put(later, "/a", 2);
        put(later, "/a", 3);
        put(later, "/a", 4);

        assertThat(seen(3, later, layer)).containsExactly("/a=3");
        assertThat(seen(2, later, layer)).containsExactly("/a=?");
    }

    @Test
    void anyOrderOfPutsAndRangesShowsWhatAMapWould() {
        Random random = new Random(7);
        TreeMap<String, Long> expected = new TreeMap<>();
        for (long revision = 1; revision <= 20_000; revision++) {
            String key = "/" + Integer.toString(random.nextInt(3000), 2 + random.nextInt(30)) + (revision % 7 == 0 ? "é" : "");
            expected.put(key, revision);
            put(key, revision);
            if (random.nextInt(500) == 0) {
                assertThat(range("/", true, null)).containsExactlyElementsOf(expected.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue()).toList());
            }
        }
        expected.forEach((key, revision) -> assertThat(get(key).revision).isEqualTo(revision));
        assertThat(get("/never")).isNull();
        layer.close();
        assertThat(layer.sorted()).extracting(LayerTest::text).containsExactlyElementsOf(expected.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue()).toList());
    }
}
