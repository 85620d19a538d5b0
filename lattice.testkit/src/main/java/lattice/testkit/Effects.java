package lattice.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lattice.api.statemachine.Effect;
import lattice.api.store.Author;
import lattice.api.store.Entry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.Mutation;

/** What effects come down to. */
final class Effects {
    private Effects() {
    }

    static List<Mutation> mutations(List<Effect> effects, HybridTime time, Author author, Function<Key, Entry> state) {
        List<Mutation> mutations = new ArrayList<>();
        Map<Key, Long> counters = new HashMap<>();
        for (Effect effect : effects) {
            mutations.add(mutation(effect, mutations.size(), time, author, state, counters));
        }
        return mutations;
    }

    private static Mutation mutation(Effect effect, int index, HybridTime time, Author author,
            Function<Key, Entry> state, Map<Key, Long> counters) {
        if (effect instanceof Effect.SetRegister set) {
            return new Mutation.Put(set.register(), set.value());
        } else if (effect instanceof Effect.RemoveRegister remove) {
            return new Mutation.Delete(remove.register());
        } else if (effect instanceof Effect.AddToSet add) {
            return new Mutation.Put(add.set().child(add.element()), new byte[0]);
        } else if (effect instanceof Effect.RemoveFromSet remove) {
            return new Mutation.Delete(remove.set().child(remove.element()));
        } else if (effect instanceof Effect.AddToCounter add) {
            Key register = add.counter().child(author.node().hex() + "-" + Long.toHexString(author.epoch()));
            Entry before = state.apply(register);
            long sum = counters.getOrDefault(register, before == null ? 0 : Long.parseLong(before.text())) + add.delta();
            counters.put(register, sum);
            return new Mutation.Put(register, Long.toString(sum));
        } else if (effect instanceof Effect.AppendToLog append) {
            return new Mutation.Put(append.log().child(String.format("%016x-%s-%016x-%08x", time.bits(),
                    author.node().hex(), author.epoch(), index)), append.value());
        }
        throw new IllegalArgumentException("There is no effect such as " + effect);
    }
}
