package lattice.mesh.internal.protocol;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/**
 * Whom a node links with for the sake of stores that only some members hold: the links that hold a mesh together need not
 * hold those few together. The holders of a store, in the order of their ids, make a ring, and each wants a link with the
 * next one on either side that can be reached; in a larger ring also one across it, so that a commit needs about log n
 * steps (Bollobas and Chung, "The diameter of a cycle plus a random matching", 1988). Both ends come to want the same links,
 * as all know the same list; stores with the same holders share theirs.
 */
final class StoreLinks {
    /** What all such stores together may ask for. */
    static final int MAX = 16;
    /** A ring of so many has no chords: each is within three steps of all others. */
    private static final int SMALL_RING = 6;

    private final NodeId self;
    private final Random random;
    private final Map<StoreId, NodeId> chords = new HashMap<>();

    StoreLinks(NodeId self, Random random) {
        this.self = self;
        this.random = random;
    }

    /**
     * The nodes to keep links with, at most {@value #MAX}.
     *
     * @param stores which nodes hold a store, by store; this one is among them
     * @param reachable whether there is a link with a node, or one can be made
     */
    Set<NodeId> wanted(Map<StoreId, Set<NodeId>> stores, Predicate<NodeId> reachable) {
        chords.keySet().retainAll(stores.keySet());
        Set<NodeId> wanted = new LinkedHashSet<>();
        stores.forEach((store, holders) -> {
            NavigableSet<NodeId> ring = new TreeSet<>(holders);
            ring.remove(self);
            Stream.of(first(reachable, ring.tailSet(self, false), ring.headSet(self, false)),
                    first(reachable, ring.headSet(self, false).descendingSet(),
                            ring.tailSet(self, false).descendingSet()),
                    chord(store, ring, reachable)).flatMap(Optional::stream).filter(node -> wanted.size() < MAX)
                    .forEach(wanted::add);
        });
        return wanted;
    }

    private static Optional<NodeId> first(Predicate<NodeId> reachable, Collection<NodeId> nearer, Collection<NodeId> farther) {
        return Stream.concat(nearer.stream(), farther.stream()).filter(reachable).findFirst();
    }

    private Optional<NodeId> chord(StoreId store, NavigableSet<NodeId> ring, Predicate<NodeId> reachable) {
        NodeId kept = chords.get(store);
        if (kept != null && ring.contains(kept) && reachable.test(kept)) {
            return Optional.of(kept);
        }
        chords.remove(store);
        List<NodeId> candidates = ring.size() < SMALL_RING ? List.of() : ring.stream().filter(reachable).toList();
        if (candidates.isEmpty()) {
            return Optional.empty();
        }
        NodeId chosen = candidates.get(random.nextInt(candidates.size()));
        chords.put(store, chosen);
        return Optional.of(chosen);
    }
}
