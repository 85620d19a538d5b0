package lattice.registry.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Json;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.declaration.RestartRule;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DependenciesTest {
    private static final StoreId MESH = new StoreId("ab".repeat(32));

    private static InstanceKey key(int number) {
        return new InstanceKey(MESH, new ServiceId("s" + number));
    }

    private static SortedMap<InstanceKey, Declaration> declarations(Map<Integer, Set<Integer>> requires) {
        SortedMap<InstanceKey, Declaration> declarations = new TreeMap<>();
        requires.forEach((number, others) -> declarations.put(key(number), new Declaration(new Policy.Global(),
                Json.newObject(), others.stream().map(other -> key(other).service()).toList(), List.of(),
                RestartRule.NO, Isolation.NODE)));
        return declarations;
    }

    /** Without edges to greater numbers there can be no cycle, and everything comes after what it needs. */
    @Property
    void ordersWhatHasNoCycles(
            @ForAll @Size(max = 12) Map<@IntRange(max = 12) Integer,
            @Size(max = 4) Set<@IntRange(max = 12) Integer>> graph) {
        Map<Integer, Set<Integer>> acyclic = graph.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey,
                each -> each.getValue().stream().filter(other -> other < each.getKey()).collect(Collectors.toSet())));
        Dependencies dependencies = Dependencies.of(declarations(acyclic));
        List<InstanceKey> order = dependencies.order();
        assertThat(order).containsExactlyInAnyOrderElementsOf(acyclic.keySet().stream().map(DependenciesTest::key)
                .toList());
        acyclic.forEach((number, others) -> {
            assertThat(dependencies.problem(key(number))).isEmpty();
            others.stream().filter(acyclic::containsKey)
                    .forEach(other -> assertThat(order.indexOf(key(other))).isLessThan(order.indexOf(key(number))));
        });
    }

    @Property
    void seesEveryCycle(@ForAll @IntRange(min = 1, max = 8) int length, @ForAll @IntRange(max = 5) int tail) {
        Map<Integer, Set<Integer>> graph = new TreeMap<>();
        for (int i = 0; i < length; i++) {
            graph.put(i, Set.of((i + 1) % length));
        }
        for (int i = 0; i < tail; i++) {
            graph.put(100 + i, Set.of(i == 0 ? 0 : 100 + i - 1));
        }
        Dependencies dependencies = Dependencies.of(declarations(graph));
        for (int i = 0; i < length; i++) {
            assertThat(dependencies.problem(key(i))).as("s" + i).isPresent();
        }
        for (int i = 0; i < tail; i++) {
            assertThat(dependencies.problem(key(100 + i))).isEmpty();
        }
    }

    @Test
    void aLongChainIsNoTrouble() {
        Map<Integer, Set<Integer>> chain = new TreeMap<>();
        for (int i = 0; i < 20_000; i++) {
            chain.put(i, Set.of(i + 1));
        }
        assertThat(Dependencies.of(declarations(chain)).order()).hasSize(20_000).first().isEqualTo(key(19_999));
    }
}
