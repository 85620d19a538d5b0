package lattice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lattice.api.store.Author;
import lattice.mesh.internal.protocol.Head;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MischiefTest {
    static Stream<Arguments> attacks() {
        return Stream.of(Mischief.values()).filter(mischief -> mischief != Mischief.NONE && mischief != Mischief.EQUIVOCATING)
                .flatMap(mischief -> Seeds.some(3).stream().map(seed -> Arguments.of(mischief, seed)));
    }

    /** One node in eight is malicious: too few to cut the honest ones off from each other, enough to be everywhere. */
    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("attacks")
    void maliciousMembersKeepNobodyFromConverging(Mischief mischief, long seed) {
        World world = new World(seed, Conditions.GOOD);
        for (int i = 0; i < 40; i++) {
            world.join(i % 8 == 7 ? mischief : Mischief.NONE);
            world.run(20);
        }
        world.run(20_000);
        List<SimNode> honest = world.nodes().stream().filter(node -> node.mischief() == Mischief.NONE).toList();
        for (int i = 0; i < 50; i++) {
            honest.get(world.random().nextInt(honest.size())).write(i, 200);
            world.run(50);
        }

        assertThat(world.runUntil(() -> world.states() == 1, 120_000)).isNotNegative();
        assertThat(honest).allSatisfy(node -> assertThat(node.replica().held()).isEqualTo(50));
        if (mischief == Mischief.ALTERING || mischief == Mischief.FORGING) {
            assertThat(honest.stream().mapToLong(SimNode::misbehaviours).sum()).isPositive();
        }
        if (mischief == Mischief.FORGING) {
            assertThat(honest.stream().mapToLong(SimNode::unknownAuthors).sum()).isPositive();
        }
    }

    /** Of who makes two histories only that counts, at every honest node, which they have in common; nobody else is blamed. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whoeverMakesTwoHistoriesIsFoundOutByAll(long seed) {
        World world = new World(seed, Conditions.GOOD);
        for (int i = 0; i < 40; i++) {
            world.join(i % 8 == 7 ? Mischief.EQUIVOCATING : Mischief.NONE);
            world.run(20);
        }
        world.run(20_000);
        List<SimNode> honest = world.nodes().stream().filter(node -> node.mischief() == Mischief.NONE).toList();
        List<SimNode> equivocating = world.nodes().stream().filter(node -> node.mischief() == Mischief.EQUIVOCATING).toList();
        for (int i = 0; i < 4; i++) {
            int key = 10 * i;
            equivocating.forEach(node -> node.write(key, 200));
            honest.get(world.random().nextInt(honest.size())).write(key + 5, 200);
            world.run(world.random().nextInt(3_000));
        }

        assertThat(world.runUntil(() -> world.states() == 1, 120_000)).isNotNegative();
        world.run(30_000);
        Map<Author, Long> found = honest.get(0).replica().forked();
        assertThat(found).isNotEmpty().allSatisfy((author, from) -> assertThat(from).isEqualTo(2));
        assertThat(world.states()).isEqualTo(1);
        assertThat(honest).allSatisfy(node -> {
            assertThat(node.replica().forked()).isEqualTo(found);
            assertThat(node.misbehaviours()).as("nobody is blamed who only passed on what was signed").isZero();
            // Of whom all came to have the same history there is nothing to find out.
            assertThat(equivocating).allSatisfy(one -> assertThat(node.replica().head(one.author()))
                    .isEqualTo(honest.get(0).replica().head(one.author()))
                    .extracting(Head::sequence).isEqualTo(found.containsKey(one.author()) ? 1L : 4L));
        });
        assertThat(honest.get(0).write(99, 200)).satisfies(later ->
                assertThat(world.runUntil(() -> world.everyoneHolds(later), 20_000)).isNotNegative());
    }

    static List<Long> seeds() {
        return Seeds.some(3);
    }
}
