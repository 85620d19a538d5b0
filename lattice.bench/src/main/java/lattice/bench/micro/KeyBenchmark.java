package lattice.bench.micro;

import java.util.concurrent.TimeUnit;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What every single operation pays: a key is checked, compared, and asked whether it is under a prefix. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyBenchmark {
    private final String path = "/state/lattice.irc-gateway/channels/#lattice/topic";
    private final Key key = new Key(path);
    private final Key near = new Key("/state/lattice.irc-gateway/channels/#lattice/users");
    private final Prefix prefix = new Prefix("/state/lattice.irc-gateway");

    @Benchmark
    public Key check() {
        return new Key(path);
    }

    @Benchmark
    public int compare() {
        return key.compareTo(near);
    }

    @Benchmark
    public boolean prefixContains() {
        return prefix.contains(key);
    }
}
