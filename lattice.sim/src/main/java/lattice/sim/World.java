package lattice.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.protocol.Settings;

/** A mesh of simulated nodes; the same seed makes the same run. */
final class World {
    private static final StoreId STORE = new StoreId("5".repeat(64));
    private static final StoreId ROOT = new StoreId("4".repeat(64));
    private static final long STEP = 10;

    private final VirtualTime time = new VirtualTime();
    private final long seed;
    private final Random random;
    private final Network network;
    private final List<SimNode> nodes = new ArrayList<>();
    private final boolean tellsAll;
    private final SimMembers told = new SimMembers();

    private World(long seed, Conditions conditions, boolean tellsAll) {
        this.seed = seed;
        this.random = new Random(seed);
        this.network = new Network(time, random, conditions);
        this.tellsAll = tellsAll;
    }

    /** A mesh in which each node knows those members of whom it has heard, by a store that says who is let in by whom. */
    World(long seed, Conditions conditions) {
        this(seed, conditions, false);
    }

    /**
     * A mesh in which all know at once who is let in: to measure what becomes of a write in one that stands. Five thousand nodes
     * that each hear of five thousand others would be about nothing but that.
     */
    static World ofAcquainted(long seed, Conditions conditions) {
        return new World(seed, conditions, true);
    }

    /** Adds nodes that join one after another, each by one that is there already. */
    World grow(int count) {
        for (int i = 0; i < count; i++) {
            join(Mischief.NONE);
            run(20);
        }
        return this;
    }

    SimNode join(Mischief mischief) {
        List<SimNode> up = up().stream().filter(node -> tellsAll || node.isMember() && node.mischief() == Mischief.NONE).toList();
        return up.isEmpty() ? found(mischief) : join(mischief, up.get(random.nextInt(up.size())));
    }

    private SimNode found(Mischief mischief) {
        SimNode node = add(mischief);
        node.start(List.of());
        node.grant(node.number());
        return node;
    }

    /** Adds a node that is let in by another, whom it knows and nobody else. */
    SimNode join(Mischief mischief, SimNode inviter) {
        SimNode node = add(mischief);
        inviter.grant(node.number());
        node.start(List.of(inviter.contact()));
        return node;
    }

    private SimNode add(Mischief mischief) {
        SimNode node = new SimNode(nodes.size(), STORE, tellsAll ? Optional.empty() : Optional.of(ROOT), time, network, random,
                Settings.DEFAULT, tellsAll ? told : new SimMembers(), mischief);
        if (tellsAll) {
            told.add(node.contact());
        }
        nodes.add(node);
        return node;
    }

    /** Makes a checkpoint at every node that is up, which must all be in one state. */
    void settle() {
        up().forEach(node -> node.replica().settle());
    }

    /** Makes a child store that these nodes hold, and only they. */
    void hold(StoreId store, List<SimNode> holders) {
        Set<NodeId> ids = holders.stream().map(SimNode::id).collect(Collectors.toSet());
        holders.forEach(node -> node.hold(store, ids));
    }

    void run(long millis) {
        time.runUntil(time.now() + millis);
    }

    /** Runs until something is so; returns how long it took, or -1 if it was not so in time. */
    long runUntil(BooleanSupplier condition, long atMost) {
        long started = time.now();
        while (!condition.getAsBoolean()) {
            if (time.now() - started >= atMost) {
                return -1;
            }
            run(STEP);
        }
        return time.now() - started;
    }

    long now() {
        return time.now();
    }

    long seed() {
        return seed;
    }

    Random random() {
        return random;
    }

    Network network() {
        return network;
    }

    SimNode node(int number) {
        return nodes.get(number);
    }

    List<SimNode> nodes() {
        return nodes;
    }

    List<SimNode> up() {
        return nodes.stream().filter(SimNode::isUp).toList();
    }

    SimNode anyUp() {
        List<SimNode> up = up();
        return up.get(random.nextInt(up.size()));
    }

    /** Splits the mesh: a share of the nodes no longer reaches the others. */
    void partition(double share) {
        nodes.forEach(node -> node.move(random.nextDouble() < share ? 1 : 0));
        network.cut();
    }

    void heal() {
        nodes.forEach(node -> node.move(0));
    }

    void restart(SimNode node) {
        List<SimNode> up = up();
        node.start(up.isEmpty() ? List.of() : List.of(up.get(random.nextInt(up.size())).contact()));
    }

    boolean everyoneHolds(SignedCommit commit) {
        return honest().allMatch(node -> node.replica().holds(commit));
    }

    /** How many different states honest nodes that are up are in; 1 is convergence. */
    int states() {
        Set<Long> held = honest().map(SimNode::held).collect(Collectors.toSet());
        return held.size() > 1 ? held.size() : honest().map(SimNode::state).collect(Collectors.toSet()).size();
    }

    private Stream<SimNode> honest() {
        return nodes.stream().filter(node -> node.isUp() && node.mischief() == Mischief.NONE);
    }

    /** Whether every honest node that is up can reach every other one over links, as far as these go. */
    boolean isConnected() {
        List<SimNode> up = up();
        if (up.isEmpty()) {
            return true;
        }
        Map<NodeId, SimNode> byId = up.stream().collect(Collectors.toMap(SimNode::id, node -> node));
        Set<NodeId> seen = new HashSet<>(Set.of(up.get(0).id()));
        List<SimNode> open = new ArrayList<>(List.of(up.get(0)));
        while (!open.isEmpty()) {
            SimNode next = open.remove(open.size() - 1);
            next.protocol().links().forEach(link -> {
                if (byId.containsKey(link.peer()) && seen.add(link.peer())) {
                    open.add(byId.get(link.peer()));
                }
            });
        }
        return seen.size() == up.size();
    }

    /** How often a node took another's doings for those of one who is malicious. */
    long blamed() {
        return nodes.stream().mapToLong(SimNode::misbehaviours).sum();
    }

    /** Bytes that all nodes have sent so far. */
    long bytes() {
        return nodes.stream().mapToLong(SimNode::bytes).sum();
    }

    /** Those of them that were about commits rather than about links and liveness. */
    long commitBytes() {
        return nodes.stream().mapToLong(SimNode::commitBytes).sum();
    }
}
