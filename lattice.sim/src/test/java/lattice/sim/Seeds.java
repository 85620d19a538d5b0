package lattice.sim;

import java.util.List;
import java.util.stream.LongStream;

/** Which runs are tried: always the same few, unless {@code -Dlattice.sim.seeds=FROM,COUNT} asks for others. */
final class Seeds {
    private Seeds() {
    }

    static List<Long> some(int usually) {
        String[] asked = System.getProperty("lattice.sim.seeds", "1," + usually).split(",");
        long from = Long.parseLong(asked[0]);
        return LongStream.range(from, from + Long.parseLong(asked[1])).boxed().toList();
    }
}
