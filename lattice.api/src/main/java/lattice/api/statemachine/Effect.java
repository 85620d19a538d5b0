package lattice.api.statemachine;

import java.util.Arrays;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;

/**
 * A change of state in a form that merges: every effect comes down to last-writer-wins registers (Shapiro et al.,
 * "A comprehensive study of Convergent and Commutative Replicated Data Types", INRIA RR-7506, 2011), so nodes that saw
 * the same effects in different orders have the same state.
 */
public sealed interface Effect {
    /** Gives a register a value. */
    record SetRegister(Key register, byte[] value) implements Effect {
        @Override
        public boolean equals(Object other) {
            return other instanceof SetRegister that && register.equals(that.register)
                    && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * register.hashCode() + Arrays.hashCode(value);
        }
    }

    /** Takes a register away. */
    record RemoveRegister(Key register) implements Effect {
    }

    /** Puts an element into a set: a subkey with an empty value. The element is one or more key segments. */
    record AddToSet(Key set, String element) implements Effect {
    }

    /** Takes an element out of a set. */
    record RemoveFromSet(Key set, String element) implements Effect {
    }

    /** Adds to a counter, which is a register per author below {@code counter}; {@link #sum} reads it. */
    record AddToCounter(Key counter, long delta) implements Effect {
        /** The value of a counter, given the entries below its key. */
        public static long sum(Stream<Entry> registers) {
            return registers.mapToLong(entry -> Long.parseLong(entry.text())).sum();
        }
    }

    /** Appends to a log: a subkey of (time, author, index), so that the order of keys is the order of the log. */
    record AppendToLog(Key log, byte[] value) implements Effect {
        @Override
        public boolean equals(Object other) {
            return other instanceof AppendToLog that && log.equals(that.log) && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * log.hashCode() + Arrays.hashCode(value);
        }
    }
}
