package lattice.mesh.internal.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lattice.api.id.StoreId;
import lattice.kernel.replication.StateProgress;
import lattice.mesh.internal.node.MeshNode;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Table;
import org.junit.jupiter.api.Test;

class FetchingTest {
    private static final StoreId STORE = new StoreId("ab".repeat(32));

    private final Bars bars = new Bars();
    private final Fetching fetching = new Fetching(bars);

    private void behind(long commits) {
        fetching.look(new MeshNode.View(List.of(), Map.of(), Map.of(STORE, commits), Map.of()), true);
    }

    private void arriving(long have, long bytes) {
        fetching.look(new MeshNode.View(List.of(), Map.of(), Map.of(STORE, 7L),
                Map.of(STORE, new StateProgress(new byte[32], have, bytes))), true);
    }

    @Test
    void commitsComeFewerAndFewerAreMissing() {
        behind(100);
        behind(40);
        behind(40);
        assertThat(fetching.isDone()).isFalse();
        behind(0);
        assertThat(bars.drawn).containsExactly("commits 0/100", "commits 60/100", "commits 100/100");
    }

    /** A bar never goes back, and never over its end. */
    @Test
    void whatOthersTellOfMeanwhileMakesTheBarLonger() {
        behind(100);
        behind(10);
        behind(50);
        behind(0);
        assertThat(bars.drawn).containsExactly("commits 0/100", "commits 90/100", "commits 90/140", "commits 140/140");
    }

    @Test
    void theStateOfACheckpointComesFirstAndThenWhatIsBehindIt() {
        arriving(0, 9_000_000);
        arriving(4_000_000, 9_000_000);
        arriving(4_000_000, 9_000_000);
        behind(20);
        behind(20);
        behind(0);
        assertThat(bars.drawn).containsExactly("state, kB 4000/9000", "state, kB 9000/9000", "commits 0/20", "commits 20/20");
    }

    @Test
    void itIsDoneOnceNothingHasBeenMissingForAWhileAndTheNodeKnowsItselfAMember() {
        for (int look = 0; look < 10; look++) {
            fetching.look(new MeshNode.View(List.of(), Map.of(), Map.of(STORE, 0L), Map.of()), false);
        }
        assertThat(fetching.isDone()).isFalse();
        behind(0);
        behind(0);
        behind(1);
        behind(0);
        behind(0);
        assertThat(fetching.isDone()).isFalse();
        behind(0);
        assertThat(fetching.isDone()).isTrue();
    }

    private static final class Bars implements Output {
        private final List<String> drawn = new ArrayList<>();

        @Override
        public void progress(String what, long done, long all) {
            drawn.add(what + " " + done + "/" + all);
        }

        @Override
        public void table(Table table) {
            throw new AssertionError();
        }

        @Override
        public void details(Details details) {
            throw new AssertionError();
        }

        @Override
        public void line(String text) {
            throw new AssertionError();
        }

        @Override
        public void event(String text, Details fields) {
            throw new AssertionError();
        }

        @Override
        public void raw(byte[] bytes) {
            throw new AssertionError();
        }
    }
}
