package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class LargeValuesTest {
    @TempDir
    Path home;

    private static byte[] value(int number, int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) number);
        return value;
    }

    @Test
    void valuesThatAreReplacedWhileTheyAreReadAreReadWhole() throws Exception {
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> {
                int read = 0;
                while (!done.get()) {
                    try (Stream<Entry> entries = engine.scan(new Prefix("/big"), null)) {
                        entries.forEach(entry -> assertWhole(entry.value()));
                    }
                    engine.get(new Key("/big/" + read % 7)).ifPresent(entry -> assertWhole(entry.value()));
                    read++;
                }
                return read;
            });
            for (int i = 0; i < 400 && !reader.isDone(); i++) {
                engine.writeAsNode(Transaction.of(
                        new Mutation.Put(new Key("/big/" + i % 7), value(i, i % 3 == 0 ? 100 : 20_000 + i * 100))));
            }
            done.set(true);
            assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
        }
        try (TestEngines engines = new TestEngines(home); Engine engine = engines.open()) {
            for (int i = 393; i < 400; i++) {
                assertThat(engine.get(new Key("/big/" + i % 7)).orElseThrow().value())
                        .isEqualTo(value(i, i % 3 == 0 ? 100 : 20_000 + i * 100));
            }
            assertThat(engine.verify(Long.MAX_VALUE).damages()).isEmpty();
        }
    }

    private static void assertWhole(byte[] value) {
        for (byte b : value) {
            if (b != value[0]) {
                throw new AssertionError("A value was read in two parts.");
            }
        }
    }
}
