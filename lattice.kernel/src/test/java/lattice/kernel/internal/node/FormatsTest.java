package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Transaction;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.codec.Crc;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each kind of file that a node keeps, in place of which there is one of something else, or of a newer version: what can't be
 * made anew is refused with a sentence and left as it is, what can be is made anew. Backups are in {@link NodeKernelTest}.
 */
@Timeout(120)
final class FormatsTest {
    private static final UnaryOperator<byte[]> FOREIGN = sound -> "This is a letter.\n".repeat(1000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path home;

    private Path store;
    private long epoch;

    private NodeKernel start() throws IOException {
        return new NodeKernel(home, WallClock.SYSTEM, new DiskFiles(), StateMachines.NONE, new NodeKernel.StoreListener() {
            @Override
            public void opened(Engine store) {
                // Nobody waits for it.
            }

            @Override
            public void closing(Engine store) {
                // Nobody waits for it.
            }
        });
    }

    private static Transaction put(String path, String text) {
        return Transaction.of(new Mutation.Put(new Key(path), text));
    }

    @BeforeEach
    void make() throws Exception {
        try (NodeKernel kernel = start()) {
            store = home.resolve("stores").resolve(kernel.root().id().hex());
            kernel.root().writeAsNode(put("/a", "1"));
            kernel.root().snapshot();
            epoch = kernel.root().writeAsNode(put("/b", "2")).version().author().epoch();
        }
    }

    /** The last by name of the files of a directory. */
    private static Path in(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix)).max(Comparator.naturalOrder()).orElseThrow();
        }
    }

    private void isRefused(Path file, UnaryOperator<byte[]> change, String... words) throws IOException {
        byte[] sound = Files.readAllBytes(file);
        byte[] other = change.apply(sound.clone());
        Files.write(file, other);
        assertThatThrownBy(() -> start().close()).isInstanceOf(IOException.class).hasMessageContaining(file.getParent().toString())
                .message().contains(words);
        assertThat(file).hasBinaryContent(other);
        Files.write(file, sound);
        isWhole(epoch);
    }

    private void isMadeAnew(Path file, UnaryOperator<byte[]> change) throws IOException {
        Files.write(file, change.apply(Files.readAllBytes(file)));
        isWhole(epoch);
    }

    private long isWhole(Long expected) throws IOException {
        try (NodeKernel kernel = start()) {
            assertThat(kernel.root().get(new Key("/a")).orElseThrow().text()).isEqualTo("1");
            assertThat(kernel.root().get(new Key("/b")).orElseThrow().text()).isEqualTo("2");
            assertThat(kernel.root().status().problem()).isEmpty();
            assertThat(kernel.root().verify(Long.MAX_VALUE).damages()).allMatch(place -> place.repaired());
            long now = kernel.root().writeAsNode(put("/c", "3")).version().author().epoch();
            if (expected != null) {
                assertThat(now).isEqualTo(expected);
            }
            return now;
        }
    }

    /** One version on, with the right checksum. */
    private static void newerHead(byte[] segment, int at) {
        segment[at + 7]++;
        int length = 7 + 1 + 32 + 8 + 4 + 8 + 8;
        ByteBuffer.wrap(segment).putInt(at + length, Crc.of(segment, at, length));
    }

    @Test
    void aLog() throws Exception {
        Path segment = in(store.resolve("log"), ".log");
        isRefused(segment, FOREIGN, "no segment of it has a sound head", "backup");
        isRefused(segment, bytes -> {
            newerHead(bytes, 0);
            newerHead(bytes, 4096);
            return bytes;
        }, "format 2", "newer Lattice");
    }

    @Test
    void aKey() throws Exception {
        Path key = home.resolve("identity.key");
        isRefused(key, FOREIGN, "damaged", "backup");
        isRefused(key, bytes -> new String(bytes, StandardCharsets.ISO_8859_1).replace("identity-1", "identity-2")
                .getBytes(StandardCharsets.ISO_8859_1), "newer Lattice");
    }

    @Test
    void aViewAndItsMarker() throws Exception {
        isMadeAnew(in(store.resolve("view"), ".db"), FOREIGN);
        isMadeAnew(store.resolve("view/CLEAN"), FOREIGN);
        isMadeAnew(store.resolve("view/CLEAN"), bytes -> {
            bytes[7]++;
            ByteBuffer.wrap(bytes).putInt(bytes.length - 4, Crc.of(bytes, 0, bytes.length - 4));
            return bytes;
        });
    }

    @Test
    void aSnapshot() throws Exception {
        UnaryOperator<byte[]> newer = bytes -> {
            bytes[7]++;
            return bytes;
        };
        isMadeAnew(in(store.resolve("snapshots"), ".snap"), FOREIGN);
        isMadeAnew(in(store.resolve("snapshots"), ".snap"), newer);
        Files.delete(store.resolve("view/CLEAN"));
        isMadeAnew(in(store.resolve("snapshots"), ".snap"), newer);
    }

    /** A new epoch costs nothing; an old one that is not this home's own could spoil what this node writes. */
    @Test
    void anEpochAndTheStampOfAHome() throws Exception {
        Files.write(store.resolve("epoch"), FOREIGN.apply(null));
        long second = isWhole(null);
        assertThat(second).isNotEqualTo(epoch);
        Files.writeString(store.resolve("epoch"), "lattice-epoch-2 " + "0".repeat(16) + "\n");
        long third = isWhole(null);
        assertThat(third).isNotIn(0L, second);
        assertThat(isWhole(third)).isEqualTo(third);
        Files.write(home.resolve("home.stamp"), FOREIGN.apply(null));
        assertThat(isWhole(null)).isNotEqualTo(third);
    }

    /** What can't be read of what was lost is a loss all the same. */
    @Test
    void whatWasLost() throws Exception {
        Files.write(store.resolve("lost"), FOREIGN.apply(null));
        try (NodeKernel kernel = start()) {
            assertThat(kernel.root().status().problem().orElseThrow()).contains("is damaged").contains("--accept-loss");
            kernel.root().acceptLosses();
        }
        isWhole(null);
    }
}
