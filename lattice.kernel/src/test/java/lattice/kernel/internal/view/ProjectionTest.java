package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProjectionTest {
    private static final Author AUTHOR = new Author(new NodeId("01".repeat(32)), 1);

    @TempDir
    Path folder;

    /** As when a smaller one was to be made and could not. */
    @Test
    void aViewThatWasRetiredAndIsNeededAfterAllHasAll() throws Exception {
        View view = View.create(folder.resolve("view"), Collections.emptyIterator());
        Projection projection = new Projection("test", view, 0, damage -> {
            throw new AssertionError(damage);
        });
        projection.publish(List.of(update(1)), 1);
        projection.retire();
        projection.publish(List.of(update(2)), 2);
        projection.reinstate();
        projection.publish(List.of(update(3)), 3);

        assertThat(projection.awaitApplied(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 1; i <= 3; i++) {
            assertThat(view.get(key(i))).isPresent();
            assertThat(projection.get(key(i))).isPresent();
        }
        assertThat(projection.close(30, TimeUnit.SECONDS)).isTrue();
    }

    private static byte[] key(int n) {
        return ("/k/" + n).getBytes(StandardCharsets.UTF_8);
    }

    private static Update update(int n) {
        return new Update(key(n), new Cell(new Version(HybridTime.ZERO, AUTHOR, n), null, false, n, n, new byte[] {1}));
    }
}
