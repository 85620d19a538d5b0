package lattice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import lattice.api.id.StoreId;
import lattice.kernel.replication.SignedCommit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConvergenceTest {
    static List<Long> seeds() {
        return Seeds.some(5);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void linksHoldAllOfAMeshTogether(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(100);
        world.run(30_000);

        assertThat(world.isConnected()).isTrue();
        assertThat(world.nodes()).allSatisfy(node -> assertThat(node.protocol().links()).hasSizeBetween(1, 5));
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void allHearWhoIsLetIn(long seed) {
        World world = new World(seed, Conditions.GOOD.withLoss(0.05)).grow(60);

        assertThat(world.runUntil(() -> world.nodes().stream().allMatch(node -> node.members().count() == 60), 20_000)).isNotNegative();
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    /** All know only that one, which has few links: none may push the others out before they have heard of anybody else. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aCrowdThatOneLetsInAtOnceGetsIn(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(10);
        world.run(20_000);
        SimNode inviter = world.node(3);
        for (int i = 0; i < 60; i++) {
            world.join(Mischief.NONE, inviter);
        }

        assertThat(world.runUntil(() -> world.nodes().stream().allMatch(node -> node.members().count() == 70), 30_000)).isNotNegative();
        assertThat(world.runUntil(() -> world.nodes().stream().allMatch(node -> node.protocol().links().size() <= 5)
                && world.isConnected(), 60_000)).as("links become few again").isNotNegative();
    }

    /** Who did not hear of it holds the commits of a stranger for none, and takes them as soon as it has. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whoIsLetInWhileTheMeshIsPartedIsKnownToAllAfterwards(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(40);
        world.run(20_000);
        world.partition(0.5);
        world.run(30_000);
        for (int i = 0; i < 10; i++) {
            int side = i % 2;
            List<SimNode> there = world.nodes().stream().filter(node -> node.side() == side).toList();
            SimNode inviter = there.get(world.random().nextInt(there.size()));
            SimNode newcomer = world.join(Mischief.NONE, inviter);
            newcomer.move(side);
            world.run(5_000);
            newcomer.write(i, 200);
        }
        world.run(5_000);
        assertThat(world.nodes()).allMatch(SimNode::isMember).noneMatch(node -> node.members().count() == 50);

        world.heal();
        assertThat(world.runUntil(() -> world.states() == 1, 60_000)).isNotNegative();
        assertThat(world.nodes()).allMatch(node -> node.members().count() == 50 && node.replica().held() == 10);
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aWriteReachesEveryoneInAFewRounds(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(100);
        world.run(20_000);
        for (int i = 0; i < 20; i++) {
            SignedCommit commit = world.anyUp().write(i, 200);
            assertThat(world.runUntil(() -> world.everyoneHolds(commit), 10_000)).isBetween(0L, 3_000L);
        }
        assertThat(world.states()).isEqualTo(1);
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void lossDelaysAWriteByNoMoreThanItsRetransmissions(long seed) {
        World world = new World(seed, Conditions.GOOD.withLoss(0.1)).grow(100);
        world.run(20_000);
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 21; i++) {
            SignedCommit commit = world.anyUp().write(i, 200);
            times.add(world.runUntil(() -> world.everyoneHolds(commit), 10_000));
        }
        assertThat(times).allMatch(time -> time >= 0);
        times.sort(null);
        assertThat(times.get(times.size() / 2)).isLessThan(3_000);
        assertThat(world.states()).isEqualTo(1);
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    /** But for newcomers, who know nobody but their inviter: one that seems to keep its answers back is kept away for a minute. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatVanishesIsRepaired(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(50);
        world.run(20_000);
        world.network().set(Conditions.GOOD.withVanishing(0.1));
        writeEverywhere(world, 100);

        assertThat(world.runUntil(() -> world.states() == 1, 60_000)).isNotNegative();
        assertThat(world.node(0).replica().held()).isEqualTo(100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void halvesThatWereApartForLongBecomeOneAgain(long seed) {
        World world = new World(seed, Conditions.GOOD.withClockSkew(60_000)).grow(60);
        world.run(20_000);
        world.partition(0.4);
        world.run(120_000);
        writeEverywhere(world, 100);
        world.run(5_000);
        assertThat(world.states()).isGreaterThan(1);

        world.heal();
        assertThat(world.runUntil(() -> world.states() == 1, 60_000)).isNotNegative();
        assertThat(world.node(0).replica().held()).isEqualTo(100);
        world.run(30_000);
        assertThat(world.isConnected()).isTrue();
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    /** One end has noticed and dials again while the other still holds the dead link to be good. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aDeadLinkThatOneEndHoldsToBeGoodDoesNotKeepOutANewOne(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(3);
        world.run(20_000);
        for (long cut : new long[] {6_000, 8_000, 10_000, 12_000}) {
            world.node(0).move(1);
            world.network().cut();
            world.run(cut);
            world.nodes().forEach(node -> node.write((int) cut, 200));
            world.heal();
            assertThat(world.runUntil(() -> world.states() == 1, 60_000)).as("a cut of %d ms", cut).isBetween(1L, 5_000L);
            world.run(30_000);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void oneInFiveComesAndGoes(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(60);
        world.run(20_000);
        for (int round = 0; round < 10; round++) {
            List<SimNode> gone = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                SimNode node = world.anyUp();
                node.crash();
                gone.add(node);
            }
            writeEverywhere(world, 10);
            world.run(3_000);
            gone.forEach(world::restart);
        }

        assertThat(world.runUntil(() -> world.states() == 1, 60_000)).isNotNegative();
        assertThat(world.node(0).replica().held()).isEqualTo(100);
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aNodeThatWasAwayCatchesUp(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(20);
        world.run(10_000);
        SimNode away = world.node(7);
        away.crash();
        for (int i = 0; i < 3_000; i++) {
            world.anyUp().write(i, 1_000);
            world.run(2);
        }
        world.runUntil(() -> world.states() == 1, 30_000);
        assertThat(world.states()).isEqualTo(1);

        world.restart(away);
        assertThat(world.runUntil(() -> world.states() == 1, 20_000)).isNotNegative();
        assertThat(away.replica().held()).isEqualTo(3_000);
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    /** What it missed first is kept nowhere any more: it gets the state of the checkpoint, then the rest. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aNodeThatWasAwayLongerThanCommitsAreKeptGetsTheState(long seed) {
        World world = new World(seed, Conditions.GOOD.withLoss(0.05)).grow(20);
        world.run(10_000);
        SimNode away = world.node(7);
        away.crash();
        for (int i = 0; i < 2_000; i++) {
            world.anyUp().write(i, 1_000);
            world.run(2);
        }
        assertThat(world.runUntil(() -> world.states() == 1, 30_000)).isNotNegative();
        world.settle();
        writeEverywhere(world, 50);
        assertThat(world.runUntil(() -> world.states() == 1, 30_000)).isNotNegative();

        world.restart(away);
        assertThat(world.runUntil(() -> world.states() == 1, 60_000)).isNotNegative();
        assertThat(away.replica().held()).isEqualTo(2_050);
        away.write(1, 200);
        assertThat(world.runUntil(() -> world.states() == 1, 10_000)).isNotNegative();
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    /** Of a hundred, a few hold a store; the links that hold the hundred together don't hold those few together. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theFewThatHoldAStoreFindEachOther(long seed) {
        World world = new World(seed, Conditions.GOOD).grow(100);
        world.run(10_000);
        for (int few : new int[] {2, 5, 20}) {
            StoreId store = new StoreId(String.format("%064d", few));
            List<SimNode> shuffled = new ArrayList<>(world.nodes());
            Collections.shuffle(shuffled, world.random());
            List<SimNode> holders = shuffled.subList(0, few);
            world.hold(store, holders);
            holders.forEach(node -> node.write(store, 1, 200));
            assertThat(world.runUntil(() -> holdAll(holders, store, few), 30_000)).isNotNegative();

            SignedCommit commit = holders.get(0).write(store, 2, 200);
            assertThat(world.runUntil(() -> holders.stream().allMatch(node -> node.child(store).holds(commit)), 10_000))
                    .as("%d holders", few).isBetween(0L, 3_000L);

            SimNode gone = holders.get(few / 2);
            gone.crash();
            holders.get(0).write(store, 3, 200);
            world.run(20_000);
            assertThat(holders.stream().filter(SimNode::isUp)).allMatch(node -> node.child(store).held() == few + 2);
            world.restart(gone);
            assertThat(world.runUntil(() -> holdAll(holders, store, few + 2), 30_000)).isNotNegative();
        }
        world.run(30_000);
        assertThat(world.nodes()).allSatisfy(node -> assertThat(node.protocol().links()).hasSizeBetween(1, 5 + 3 * 3));
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    /** The holders are parted, and each writes. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void thoseThatHoldAStoreBecomeOneAgainAfterACut(long seed) {
        World world = new World(seed, Conditions.GOOD.withLoss(0.05)).grow(60);
        world.run(10_000);
        StoreId store = new StoreId("7".repeat(64));
        List<SimNode> holders = List.copyOf(world.nodes().subList(10, 22));
        world.hold(store, holders);
        world.run(10_000);
        world.partition(0.5);
        world.run(60_000);
        holders.forEach(node -> node.write(store, 1, 200));
        world.run(5_000);
        world.heal();
        assertThat(world.runUntil(() -> holdAll(holders, store, 12), 60_000)).isNotNegative();
        assertThat(world.blamed()).as("all mean well").isZero();
    }

    private static boolean holdAll(List<SimNode> holders, StoreId store, long commits) {
        return holders.stream().allMatch(node -> node.child(store).held() == commits);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theSameSeedMakesTheSameRun(long seed) {
        assertThat(fingerprint(seed)).isEqualTo(fingerprint(seed));
    }

    private static List<Long> fingerprint(long seed) {
        World world = new World(seed, Conditions.GOOD.withLoss(0.05).withVanishing(0.05)).grow(20);
        writeEverywhere(world, 20);
        world.run(10_000);
        return List.of(world.bytes(), world.network().messages(), (long) world.node(3).replica().digest());
    }

    private static void writeEverywhere(World world, int writes) {
        for (int i = 0; i < writes; i++) {
            world.anyUp().write(world.random().nextInt(20), 200);
            world.run(20);
        }
    }
}
