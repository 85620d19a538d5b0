package lattice.mesh.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import lattice.api.id.NodeId;
import org.junit.jupiter.api.Test;

class TracksTest {
    private static NodeId node(int number) {
        return new NodeId(String.format("%064x", number * 0x9E3779B9L));
    }

    @Test
    void remembersOfEachNodeWhatWasHeardLast() {
        Tracks tracks = new Tracks();
        Map<NodeId, Long> expected = new HashMap<>();
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            NodeId node = node(random.nextInt(3_000));
            int slot = tracks.find(node);
            assertThat(slot != Tracks.NONE).isEqualTo(expected.containsKey(node));
            slot = slot == Tracks.NONE ? tracks.add(node) : slot;
            tracks.beat(slot, i, i * 10L);
            tracks.rhythm(slot, i, i + 1);
            expected.put(node, (long) i);
        }

        assertThat(tracks.size()).isEqualTo(expected.size());
        expected.forEach((node, count) -> {
            int slot = tracks.find(node);
            assertThat(tracks.node(slot)).isEqualTo(node);
            assertThat(tracks.count(slot)).isEqualTo(count);
            assertThat(tracks.heard(slot)).isEqualTo(count * 10);
            assertThat(tracks.mean(slot)).isEqualTo((double) count);
            assertThat(tracks.variance(slot)).isEqualTo(count + 1.0);
        });
    }

    @Test
    void anyGivesAllInTime() {
        Tracks tracks = new Tracks();
        assertThat(tracks.any(new Random(1))).isEqualTo(Tracks.NONE);
        Set<NodeId> given = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            tracks.add(node(i));
        }
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            given.add(tracks.node(tracks.any(random)));
        }
        assertThat(given).hasSize(50);
    }
}
