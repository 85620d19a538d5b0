package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.replication.SignedCommit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OwnCommitsTest {
    @TempDir
    Path home;

    private final List<List<SignedCommit>> told = new CopyOnWriteArrayList<>();
    private final Set<Thread> tellers = ConcurrentHashMap.newKeySet();
    private Identity identity;
    private Author author;
    private OwnCommits own;

    @BeforeEach
    void listen() throws Exception {
        identity = new IdentityFile(home.resolve("identity.key")).loadOrCreate();
        author = new Author(identity.id(), 1);
        own = new OwnCommits("test", identity);
        own.listen(run -> {
            tellers.add(Thread.currentThread());
            told.add(run);
        });
    }

    @AfterEach
    void close() {
        own.close();
    }

    private static byte[] bytes(long sequence) {
        return ("commit " + sequence).getBytes(StandardCharsets.UTF_8);
    }

    private static Hash hash(long sequence) {
        return CommitCodec.hash(bytes(sequence));
    }

    private void add(long sequence) {
        own.add(author, sequence, bytes(sequence), hash(sequence));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it did not happen in time").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private List<Long> sequences() {
        List<Long> all = new ArrayList<>();
        told.forEach(run -> run.forEach(commit -> all.add(commit.sequence())));
        return all;
    }

    @Test
    void ofManyAtOnceTheFirstAreToldAtOnceAndTheOthersTogetherUnderOneSignature() throws Exception {
        for (long i = 1; i <= 500; i++) {
            add(i);
        }
        await(() -> sequences().size() == 500);

        assertThat(sequences()).isSorted();
        assertThat(told).as("runs").hasSizeBetween(2, 499);
        assertThat(told).allSatisfy(run -> {
            SignedCommit last = run.get(run.size() - 1);
            assertThat(run.subList(0, run.size() - 1)).allSatisfy(commit -> assertThat(commit.signature()).isEmpty());
            assertThat(Identity.verify(identity.id(), hash(last.sequence()), last.signature())).isTrue();
        });
    }

    @Test
    void whileLittleIsWrittenWhoWritesTells() throws Exception {
        // The first may come before the thread that tells the others has gone to sleep.
        for (long next = 1; !tellers.contains(Thread.currentThread()); next++) {
            long number = next;
            add(number);
            await(() -> sequences().size() == number);
        }
        assertThat(sequences()).isSorted();
    }

    @Test
    void aListenerThatFailsDisturbsNoOther() throws Exception {
        List<SignedCommit> others = new CopyOnWriteArrayList<>();
        own.listen(run -> {
            throw new IllegalStateException("on purpose");
        });
        own.listen(others::addAll);
        for (long i = 1; i <= 20; i++) {
            add(i);
        }
        await(() -> others.size() == 20);
        assertThat(others).extracting(SignedCommit::sequence).isSorted();
    }
}
