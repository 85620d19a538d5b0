package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import org.junit.jupiter.api.Test;

final class OperationsTest {
    private static final Author AUTHOR = new Author(new NodeId("ab".repeat(32)), 3);
    private static final long START = 1_700_000_000_000L;

    private final Operations operations = new Operations();

    private static HybridTime at(long millis) {
        return HybridTime.ofMillis(millis);
    }

    private static Version version(long millis, int index) {
        return new Version(at(millis), AUTHOR, index);
    }

    private static Hash id(int n) {
        return Operations.id(Optional.of(new ServiceId("lattice.test")), "operation-" + n);
    }

    @Test
    void keepsTheFirstAnswerOfAnId() {
        operations.add(id(1), 7, version(START, 2));
        operations.add(id(1), 8, version(START + 1, 0));
        assertThat(operations.find(id(1), at(START + 1))).contains(new Operations.Done(7, version(START, 2)));
        assertThat(operations.find(id(2), at(START + 1))).isEmpty();
    }

    @Test
    void eachServiceHasIdsOfItsOwn() {
        assertThat(Operations.id(Optional.of(new ServiceId("lattice.test")), "a"))
                .isNotEqualTo(Operations.id(Optional.of(new ServiceId("lattice.other")), "a"))
                .isNotEqualTo(Operations.id(Optional.empty(), "a"));
    }

    @Test
    void forgetsTheOldestWhenThereAreTooMany() {
        for (int n = 0; n < Operations.MAX + 1000; n++) {
            operations.add(id(n), n, version(START, 0));
        }
        for (int n = 0; n < Operations.MAX + 1000; n++) {
            assertThat(operations.find(id(n), at(START)).map(Operations.Done::revision).orElse(-1L))
                    .isEqualTo(n < 1000 ? -1L : n);
        }
    }

    /** Beside a map and a queue, with ids of a small set, so that they come, go, and come again. */
    @Test
    void behavesAsAMapThatForgetsByAge() throws FormatException {
        Random random = new Random(5);
        Map<Hash, Operations.Done> expected = new HashMap<>();
        Deque<Hash> byAge = new ArrayDeque<>();
        long now = START;
        for (int n = 0; n < 50_000; n++) {
            now += random.nextInt(60_000);
            while (!byAge.isEmpty()
                    && expected.get(byAge.peek()).version().time().millis() < now - Operations.KEPT.toMillis()) {
                expected.remove(byAge.remove());
            }
            Hash id = id(random.nextInt(5000));
            assertThat(operations.find(id, at(now))).isEqualTo(Optional.ofNullable(expected.get(id)));
            Operations.Done done = new Operations.Done(n, version(now, n % 5));
            operations.add(id, done.revision(), done.version());
            if (expected.putIfAbsent(id, done) == null) {
                byAge.add(id);
            }
        }
        assertThat(expected).as("ids that are remembered").hasSizeBetween(1000, 4999);
        ByteWriter out = new ByteWriter(1024);
        operations.capture().write(out);
        Operations again = new Operations();
        again.read(new ByteReader(out.toBytes()));
        for (int n = 0; n < 5000; n++) {
            assertThat(again.find(id(n), at(now))).isEqualTo(Optional.ofNullable(expected.get(id(n))));
        }
    }

    @Test
    void authorsAreNamedWhereTheyChange() throws FormatException {
        Author[] epochs = {AUTHOR, AUTHOR, new Author(AUTHOR.node(), 4), new Author(AUTHOR.node(), 4), AUTHOR};
        for (int n = 0; n < epochs.length; n++) {
            operations.add(id(n), n, new Version(at(START), epochs[n], n));
        }
        ByteWriter out = new ByteWriter(1024);
        operations.capture().write(out);
        Operations again = new Operations();
        again.read(new ByteReader(out.toBytes()));
        for (int n = 0; n < epochs.length; n++) {
            assertThat(again.find(id(n), at(START)))
                    .contains(new Operations.Done(n, new Version(at(START), epochs[n], n)));
        }
        int bytesOfEach = Hash.BYTES + 1 + Long.BYTES + 1;
        assertThat(out.length()).isEqualTo(Integer.BYTES + epochs.length * bytesOfEach + 3 * Authors.BYTES);
    }

    @Test
    void whatNamesNoAuthorIsRefused() {
        ByteWriter out = new ByteWriter(100).u32(1);
        id(1).write(out);
        out.varint(7).u64(at(START).bits()).varint(0);
        assertThatThrownBy(() -> operations.read(new ByteReader(out.toBytes()))).isInstanceOf(FormatException.class)
                .hasMessageContaining("author");
        assertThatThrownBy(() -> operations.read(new ByteReader(new ByteWriter(4).u32(Operations.MAX + 1).toBytes())))
                .isInstanceOf(FormatException.class).hasMessageContaining("too many");
    }

    /** The writer goes on while another thread writes what there was: nothing newer comes in, and what is forgotten is left out. */
    @Test
    void writesWhatThereWasThen() throws FormatException {
        for (int n = 0; n < Operations.MAX; n++) {
            operations.add(id(n), n, version(START, 0));
        }
        Operations.Captured captured = operations.capture();
        for (int n = Operations.MAX; n < Operations.MAX + 700; n++) {
            operations.add(id(n), n, version(START, 0));
        }
        ByteWriter out = new ByteWriter(captured.aboutBytes());
        captured.write(out);
        Operations again = new Operations();
        ByteReader in = new ByteReader(out.toBytes());
        again.read(in);
        in.expectEnd("operations");
        for (int n : new int[] {0, 699, Operations.MAX, Operations.MAX + 699}) {
            assertThat(again.find(id(n), at(START))).as("operation " + n).isEmpty();
        }
        for (int n : new int[] {700, 1211, 1212, Operations.MAX - 1}) {
            assertThat(again.find(id(n), at(START)).map(Operations.Done::revision)).as("operation " + n).contains((long) n);
        }
    }
}
