package lattice.kernel.internal.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Transaction;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store tells of its own commits, and how it takes in those of others. */
class ReplicationTest {
    private static final int BOUND_SECONDS = 30;

    @TempDir
    private Path home;

    private TestEngines engines;
    private TestEngines others;
    private Engine author;
    private Engine receiver;

    @BeforeEach
    void open() throws Exception {
        engines = new TestEngines(home.resolve("author"));
        others = new TestEngines(home.resolve("receiver"));
        author = engines.open();
        receiver = others.open();
    }

    @AfterEach
    void close() {
        author.close();
        receiver.close();
        engines.close();
        others.close();
    }

    private void write(int number) {
        author.writeAsNode(Transaction.of(new Mutation.Put(new Key("/k/" + number), "v" + number)));
    }

    private IngestResult take(List<SignedCommit> commits) throws Exception {
        return receiver.replica().ingest(commits).toCompletableFuture().get(BOUND_SECONDS, SECONDS);
    }

    private void assertEqualStates() {
        assertThat(receiver.digest(Prefix.ALL).hash()).isEqualTo(author.digest(Prefix.ALL).hash());
    }

    @Test
    void whatIsWrittenIsToldInRunsThatAnotherTakesIn() throws Exception {
        BlockingQueue<List<SignedCommit>> told = new LinkedBlockingQueue<>();
        try (AutoCloseable listener = author.replica().onOwnCommits(told::add)) {
            for (int i = 0; i <= 20; i++) {
                write(i);
            }
            for (int taken = 0; taken < 21;) {
                List<SignedCommit> run = told.poll(BOUND_SECONDS, SECONDS);
                assertThat(take(run)).isEqualTo(new IngestResult.Accepted(run.size()));
                taken += run.size();
            }
            assertThat(told).isEmpty();
            assertEqualStates();
        }
    }

    @Test
    void commitsThatAreGivenWhileEarlierOnesAreStoredFollowOnThem() throws Exception {
        for (int i = 0; i < 200; i++) {
            write(i % 50);
        }
        List<CompletableFuture<IngestResult>> answers = new ArrayList<>();
        VersionVector known = receiver.replica().held();
        List<SignedCommit> all = author.replica().after(known, 1 << 20);
        // Each part ends in a signature of its own, as what peers send does.
        for (int from = 0; from < all.size();) {
            List<SignedCommit> part = author.replica().after(known, 2_000);
            known = new VersionVector(java.util.Map.of(part.get(0).author(), part.get(part.size() - 1).sequence()));
            answers.add(receiver.replica().ingest(part).toCompletableFuture());
            from += part.size();
        }
        for (CompletableFuture<IngestResult> answer : answers) {
            assertThat(answer.get(BOUND_SECONDS, SECONDS)).isInstanceOf(IngestResult.Accepted.class);
        }
        assertThat(answers).hasSizeGreaterThan(5);
        assertEqualStates();
        assertThat(take(all)).as("all of it once more").isEqualTo(new IngestResult.Accepted(0));
    }

    /** What is not signed itself is vouched for by what follows and names its hash: of this, not only of one with its number. */
    @Test
    void aCommitThatWasAlteredIsRefusedThoughTheOneThatFollowsIsSound() throws Exception {
        write(1);
        write(2);
        List<SignedCommit> sound = author.replica().after(VersionVector.EMPTY, 1 << 20);
        SignedCommit first = sound.get(0);
        assertThat(first.signature()).isEmpty();
        byte[] altered = new String(first.commit(), ISO_8859_1).replace("v1", "v9").getBytes(ISO_8859_1);
        assertThat(altered).isNotEqualTo(first.commit());
        List<SignedCommit> mixed = new ArrayList<>(sound);
        mixed.set(0, new SignedCommit(first.author(), first.sequence(), altered, first.signature()));

        assertThat(take(mixed)).isInstanceOf(IngestResult.Rejected.class);
        assertThat(receiver.get(new Key("/k/1"))).isEmpty();
        assertThat(take(sound)).isInstanceOf(IngestResult.Accepted.class);
        assertEqualStates();
    }

    @Test
    void aWrongSignatureIsRefusedHoweverOftenItsAuthorHasSignedRightly() throws Exception {
        write(1);
        write(2);
        List<SignedCommit> all = author.replica().after(VersionVector.EMPTY, 1 << 20);
        assertThat(take(all)).isInstanceOf(IngestResult.Accepted.class);

        write(3);
        SignedCommit next = author.replica().after(receiver.replica().held(), 1 << 20).get(0);
        byte[] wrong = next.signature().clone();
        wrong[10] ^= 1;
        for (int i = 0; i < 2; i++) {
            assertThat(take(List.of(new SignedCommit(next.author(), next.sequence(), next.commit(), wrong))))
                    .isInstanceOf(IngestResult.Rejected.class);
        }
        assertThat(take(List.of(next))).isEqualTo(new IngestResult.Accepted(1));
        assertEqualStates();
    }
}
