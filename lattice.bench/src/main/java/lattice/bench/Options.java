package lattice.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.bench.measure.Durations;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/**
 * What to measure.
 *
 * @param parts which groups of measurements
 * @param subjects which stores
 * @param threads numbers of threads that put
 * @param watchers numbers of watchers
 * @param keys how many keys are read from
 * @param seconds how long each measurement counts
 * @param restartKeys numbers of keys of stores that are restarted
 * @param overwriteSeconds how long keys are overwritten at full speed
 * @param jar the distribution whose start is measured; not measured if it is not there
 * @param nodeJvm options of the Java machine of nodes whose protocol or mesh is measured; empty for those that the script
 *         {@code lattice} gives it
 * @param folder where to write; it is on the disk that is measured
 * @param json where the figures go
 */
public record Options(Set<String> parts, Set<String> subjects, List<Integer> threads, List<Integer> watchers, int keys,
        double seconds, List<Integer> restartKeys, int overwriteSeconds, Path jar,
        Optional<List<String>> nodeJvm, Path folder, Path json) {
    static final String USAGE = """
            lattice.bench measures durable puts, reads, watches and the start of a node, beside the disk itself and its peers.
              --parts a,b      of puts, reads, watches, restart, heap, overwrite, node, protocol, mesh, catchup, micro
                               (puts,reads,watches,node,micro)
              --subjects a,b   of lattice, rocksdb, mvstore, etcd, redis (lattice)
              --threads 1,16   numbers of threads that put (1,16,64,256)
              --watchers 1,100 numbers of watchers (1)
              --keys N         how many keys are read from (100000)
              --seconds S      how long each measurement counts (5)
              --restart-keys N keys of a store that is restarted, closed and killed; several: 1000,1000000 (1000000)
              --overwrite S    seconds of overwriting 100,000 keys, with a plot (600)
              --jar FILE       the distribution whose start is measured
              --node-jvm "-X" options of the Java of nodes whose protocol or mesh is measured (those of the script lattice)
              --folder DIR     where to write: on the disk that is to be measured (target/bench)
              --json FILE      where the figures go (target/bench.json)
            """;

    private static final Set<String> NAMES = Set.of("--parts", "--subjects", "--threads", "--watchers", "--keys", "--seconds",
            "--restart-keys", "--overwrite", "--jar", "--node-jvm", "--folder", "--json");

    static Options parse(String... arguments) {
        Map<String, String> given = new HashMap<>();
        Deque<String> rest = new ArrayDeque<>(List.of(arguments));
        while (!rest.isEmpty()) {
            String option = rest.pop();
            if (!NAMES.contains(option) || rest.isEmpty()) {
                throw new IllegalArgumentException("There is no option '" + option + "', or its value is missing.");
            }
            given.put(option, rest.pop());
        }
        return new Options(
                parts(given.getOrDefault("--parts", "puts,reads,watches,node,micro")),
                subjects(given.getOrDefault("--subjects", "lattice")),
                numbers(given.getOrDefault("--threads", "1,16,64,256")),
                numbers(given.getOrDefault("--watchers", "1")),
                Integer.parseInt(given.getOrDefault("--keys", "100000")),
                Double.parseDouble(given.getOrDefault("--seconds", "5")),
                numbers(given.getOrDefault("--restart-keys", "1000000")),
                Integer.parseInt(given.getOrDefault("--overwrite", "600")),
                Path.of(given.getOrDefault("--jar", "bndrun/target/lattice.jar")),
                Optional.ofNullable(given.get("--node-jvm")).map(words -> List.of(words.trim().split("\\s+"))),
                Path.of(given.getOrDefault("--folder", "target/bench")),
                Path.of(given.getOrDefault("--json", "target/bench.json")));
    }

    private static Set<String> parts(String list) {
        return among("part", Parts.all().stream().map(Part::name), list);
    }

    private static Set<String> subjects(String list) {
        return among("subject", Subjects.all().stream().map(Subject.Opening::name), list);
    }

    private static Set<String> among(String what, Stream<String> all, String list) {
        Set<String> known = all.collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> asked = Set.of(list.split(","));
        asked.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("There is no " + what + " '" + name + "', only " + String.join(", ", known)
                    + ".");
        });
        return asked;
    }

    private static List<Integer> numbers(String list) {
        return Stream.of(list.split(",")).map(Integer::valueOf).toList();
    }

    /** How long each measurement takes. */
    public Durations durations() {
        Duration measured = Duration.ofMillis((long) (seconds * 1000));
        return new Durations(measured.dividedBy(2), measured);
    }
}
