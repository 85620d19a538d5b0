package lattice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MischiefTest {
    static Stream<Arguments> attacks() {
        return Stream.of(Mischief.values()).filter(mischief -> mischief != Mischief.NONE)
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
}
