package lattice.registry.internal.reconcile;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.declaration.Declaration;

/** Who waits for whom: {@code requires} and {@code after} of all declarations together. Immutable. */
final class Dependencies {
    private final Map<InstanceKey, Set<InstanceKey>> needs;
    private final List<InstanceKey> order;
    private final Map<InstanceKey, List<InstanceKey>> cycles;

    private Dependencies(Map<InstanceKey, Set<InstanceKey>> needs, List<InstanceKey> order,
            Map<InstanceKey, List<InstanceKey>> cycles) {
        this.needs = needs;
        this.order = order;
        this.cycles = cycles;
    }

    static Dependencies of(SortedMap<InstanceKey, Declaration> declarations) {
        Map<InstanceKey, Set<InstanceKey>> needs = new LinkedHashMap<>();
        declarations.forEach((key, declaration) -> needs.put(key,
                Stream.concat(declaration.requires().stream(), declaration.after().stream())
                        .map(service -> new InstanceKey(key.mesh(), service)).filter(declarations::containsKey)
                        .collect(Collectors.toCollection(LinkedHashSet::new))));
        Search search = new Search(needs);
        needs.keySet().forEach(search::from);
        return new Dependencies(needs, search.order, search.cycles);
    }

    /** Everything that is declared, what is waited for before what waits. */
    List<InstanceKey> order() {
        return order;
    }

    /** What is wrong with a service's dependencies, if anything is. */
    Optional<String> problem(InstanceKey key) {
        return Optional.ofNullable(cycles.get(key)).map(cycle -> "It waits for itself: "
                + cycle.stream().map(each -> each.service().name()).collect(Collectors.joining(" -> "))
                + "; change 'requires' or 'after' of one of them.");
    }

    /** Those of {@code among} that wait for a service. */
    Stream<InstanceKey> dependents(InstanceKey key, Collection<InstanceKey> among) {
        return among.stream().filter(each -> !each.equals(key) && needs.getOrDefault(each, Set.of()).contains(key));
    }

    /** A depth-first search without recursion: a chain may be as long as there are declarations. */
    private static final class Search {
        private final Map<InstanceKey, Set<InstanceKey>> needs;
        private final List<InstanceKey> order = new ArrayList<>();
        private final Map<InstanceKey, List<InstanceKey>> cycles = new HashMap<>();
        private final Set<InstanceKey> done = new LinkedHashSet<>();

        Search(Map<InstanceKey, Set<InstanceKey>> needs) {
            this.needs = needs;
        }

        void from(InstanceKey start) {
            if (done.contains(start)) {
                return;
            }
            List<InstanceKey> path = new ArrayList<>();
            Set<InstanceKey> onPath = new LinkedHashSet<>();
            Deque<Iterator<InstanceKey>> pending = new ArrayDeque<>();
            enter(start, path, onPath, pending);
            while (!pending.isEmpty()) {
                if (!pending.peek().hasNext()) {
                    pending.pop();
                    InstanceKey left = path.remove(path.size() - 1);
                    onPath.remove(left);
                    done.add(left);
                    order.add(left);
                    continue;
                }
                InstanceKey next = pending.peek().next();
                if (onPath.contains(next)) {
                    List<InstanceKey> cycle = new ArrayList<>(path.subList(path.indexOf(next), path.size()));
                    List<InstanceKey> shown = new ArrayList<>(cycle);
                    shown.add(next);
                    cycle.forEach(member -> cycles.putIfAbsent(member, shown));
                } else if (!done.contains(next)) {
                    enter(next, path, onPath, pending);
                }
            }
        }

        private void enter(InstanceKey key, List<InstanceKey> path, Set<InstanceKey> onPath,
                Deque<Iterator<InstanceKey>> pending) {
            path.add(key);
            onPath.add(key);
            pending.push(needs.get(key).iterator());
        }
    }
}
