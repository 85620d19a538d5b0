package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import org.junit.jupiter.api.Test;

final class OverlayTest {
    private static final Version VERSION = new Version(HybridTime.ZERO, new Author(new NodeId("00".repeat(32)), 0), 0);

    private final Overlay overlay = new Overlay();

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Slot put(String key, long revision) {
        Slot slot = new Slot(key(key), new Cell(VERSION, null, false, revision, revision, new byte[0]), revision, null, true);
        overlay.put(slot);
        return slot;
    }

    private List<String> range(String from, String to) {
        List<String> found = new ArrayList<>();
        overlay.range(key(from), true, to == null ? null : key(to)).forEachRemaining(slot ->
                found.add(new String(slot.key, StandardCharsets.UTF_8) + "=" + slot.revision));
        return found;
    }

    @Test
    void aRangeIsInOrderWhateverTheOrderOfPuts() {
        put("/c", 1);
        put("/a", 2);
        put("/b", 3);

        assertThat(range("/a", null)).containsExactly("/a=2", "/b=3", "/c=1");
        assertThat(range("/b", "/c")).containsExactly("/b=3");
    }

    @Test
    void aKeyThatWasPutAgainIsThereOnceAndAnew() {
        put("/a", 1);
        range("/a", null);
        put("/a", 2);
        put("/a", 3);

        assertThat(range("/a", null)).containsExactly("/a=3");
    }

    @Test
    void whatWasRemovedBeforeItWasInOrderNeverShows() {
        Slot first = put("/a", 1);
        put("/b", 2);
        overlay.remove(first);
        overlay.tidy(16 * 1024);

        assertThat(range("/a", null)).containsExactly("/b=2");
    }

    @Test
    void whatWasSupersededAfterItWasInOrderGoesWithTheOneInItsPlace() {
        put("/a", 1);
        range("/a", null);
        overlay.remove(put("/a", 2));

        assertThat(range("/a", null)).isEmpty();
        assertThat(overlay.get(key("/a"))).isNull();
    }

    @Test
    void anotherInItsPlaceIsNotRemoved() {
        Slot first = put("/a", 1);
        put("/a", 2);
        overlay.remove(first);
        overlay.tidy(16 * 1024);

        assertThat(range("/a", null)).containsExactly("/a=2");
    }

    @Test
    void anyOrderOfPutsRemovalsAndRangesShowsWhatAMapWould() {
        Random random = new Random(7);
        TreeMap<String, Slot> expected = new TreeMap<>();
        for (long revision = 1; revision <= 20_000; revision++) {
            String key = String.format("/%03d", random.nextInt(300));
            if (random.nextInt(3) > 0) {
                expected.put(key, put(key, revision));
            } else if (expected.containsKey(key)) {
                overlay.remove(expected.remove(key));
            }
            if (random.nextInt(50) == 0) {
                overlay.tidy(16 * 1024);
            }
            if (random.nextInt(100) == 0) {
                assertThat(range("/", null)).containsExactlyElementsOf(expected.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue().revision).toList());
            }
        }
    }
}
