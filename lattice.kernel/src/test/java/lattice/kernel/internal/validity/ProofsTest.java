package lattice.kernel.internal.validity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.Hash;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ProofsTest {
    private static final StoreId ROOT = new StoreId("a".repeat(64));
    private static final NodeId EVE = node(9);

    private record Said(Position position, Fork fork) {
    }

    @Example
    void whatIsRepeatedIsNotKept() {
        Proofs once = Proofs.NONE.plus(at(1, 1), fork(EVE, 5));
        Proofs proofs = once;
        for (int i = 2; i < 1_000; i++) {
            proofs = proofs.plus(at(1, i), fork(EVE, 5 + i % 7));
        }
        assertThat(proofs).isSameAs(once);
    }

    @Example
    void anEarlierForkIsLearned() {
        Proofs proofs = Proofs.NONE.plus(at(1, 1), fork(EVE, 5)).plus(at(1, 2), fork(EVE, 3));
        assertThat(proofs.forks()).containsExactly(fork(EVE, 5), fork(EVE, 3));
    }

    /** Else nobody but the first could have it count for a checkpoint that does not cover the first. */
    @Example
    void whatAnotherHasProvedIsKeptToo() {
        Proofs proofs = Proofs.NONE.plus(at(1, 1), fork(EVE, 5)).plus(at(2, 1), fork(EVE, 5));
        assertThat(proofs.forks()).hasSize(2);
        assertThat(proofs.forks(by -> by.author().equals(author(2)))).containsExactly(fork(EVE, 5));
    }

    /** Keys cost nothing: who proves that keys of its own forked takes no more than its share of everybody's memory. */
    @Example
    void whoProvesWithoutEndFillsItsOwnShareOnly() {
        Proofs proofs = Proofs.NONE;
        for (int i = 1; i <= 3 * Proofs.MAX_OF_AUTHOR; i++) {
            proofs = proofs.plus(at(1, i), fork(node(1_000 + i), 1));
        }
        assertThat(proofs.forks()).hasSize(Proofs.MAX_OF_AUTHOR).contains(fork(node(1_001), 1));
        assertThat(proofs.plus(at(2, 1), fork(EVE, 5)).forks()).contains(fork(EVE, 5));
    }

    /** Whichever commits are covered by a checkpoint: the same is void, from the same number on, as if all had been kept. */
    @Property(tries = 300)
    void whatIsNotKeptMakesNoDifference(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        List<Said> said = new ArrayList<>();
        Proofs proofs = Proofs.NONE;
        for (int i = 0; i < 40; i++) {
            Said next = new Said(at(random.nextInt(3), 1 + random.nextInt(20)), fork(node(10 + random.nextInt(2)), 1 + random.nextInt(4)));
            said.add(next);
        }
        Collections.shuffle(said, random);
        for (Said each : said) {
            proofs = proofs.plus(each.position, each.fork);
        }
        ByteWriter out = new ByteWriter(100);
        proofs.write(out);
        Proofs read = Proofs.read(ROOT, new ByteReader(out.toBytes()));

        Map<Author, Long> covered = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            covered.put(author(i), (long) random.nextInt(21));
        }
        Predicate<Position> isCovered = position -> position.sequence() <= covered.get(position.author());
        for (Predicate<Position> by : List.<Predicate<Position>>of(isCovered, position -> true)) {
            Map<NodeId, Long> expected = least(said.stream().filter(each -> by.test(each.position)).map(Said::fork));
            assertThat(least(proofs.forks(by))).isEqualTo(expected);
            assertThat(least(read.forks(by))).isEqualTo(expected);
        }
    }

    private static Map<NodeId, Long> least(Stream<Fork> forks) {
        Map<NodeId, Long> least = new HashMap<>();
        forks.forEach(fork -> least.merge(fork.offender(), fork.sequence(), Math::min));
        return least;
    }

    private static Fork fork(NodeId offender, long sequence) {
        return new Fork(offender, new Chain(ROOT, 1), sequence);
    }

    private static Position at(int author, long sequence) {
        return new Position(ROOT, author(author), sequence, Hash.of(new byte[] {(byte) author, (byte) sequence}));
    }

    private static Author author(int number) {
        return new Author(node(number), 1);
    }

    private static NodeId node(int number) {
        return new NodeId(String.format("%064x", number));
    }
}
