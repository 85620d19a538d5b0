package lattice.kernel.internal.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ViewTest {
    private static final Author AUTHOR = new Author(new NodeId("00".repeat(32)), 0);
    private static final int BATCH_BYTES = 1024 * 1024;
    private static final int VALUE_BYTES = 1024;

    @TempDir
    private Path folder;

    private static byte[] key(int n) {
        return String.format("/key/%08d", n).getBytes(StandardCharsets.UTF_8);
    }

    private static Update update(int n) {
        return new Update(key(n), new Cell(new Version(HybridTime.ZERO, AUTHOR, 0), null, false, 1, 1, new byte[VALUE_BYTES]));
    }

    /** Or readers would have to wait while it grows in the midst of a batch. */
    @Test
    void growsBeforeItIsFull() throws Exception {
        Path file = folder.resolve("view");
        int keys = 0;
        try (View view = View.create(file, Collections.emptyIterator())) {
            long first = view.bytes();
            while (view.bytes() < first + 32 * BATCH_BYTES) {
                long found = view.bytes();
                List<Update> batch = new ArrayList<>();
                for (int i = 0; i < BATCH_BYTES / VALUE_BYTES; i++) {
                    batch.add(update(keys++));
                }
                view.keepRoom(0);
                view.putAll(batch);
                if (view.bytes() > found) {
                    assertThat(view.used()).as("what is in use when it has grown").isLessThanOrEqualTo(found);
                }
            }
        }
        try (View again = View.open(file)) {
            for (int n = 0; n < keys; n += 997) {
                assertThat(again.get(key(n))).as("key " + n).isPresent();
            }
            assertThat(again.get(key(keys))).isEmpty();
        }
    }
}
