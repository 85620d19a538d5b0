package lattice.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lattice.bench.measure.Durations;
import lattice.bench.subject.Subject;
import lattice.bench.subject.Subjects;

/**
 * What to measure.
 *
 * @param subjects which stores
 * @param threads numbers of threads that put
 * @param watchers numbers of watchers
 * @param keys how many keys are read from
 * @param seconds how long each measurement counts
 * @param restartKeys how many keys a store has that is restarted; 0 to leave that out
 * @param overwriteSeconds how long keys are overwritten at full speed; 0 to leave that out
 * @param jar the distribution whose start is measured; not measured if it is not there
 * @param folder where to write; it is on the disk that is measured
 * @param json where the figures go
 */
record Options(Set<String> subjects, List<Integer> threads, List<Integer> watchers, int keys, double seconds,
        int restartKeys, int overwriteSeconds, Path jar, Path folder, Path json) {
    static final String USAGE = """
            lattice.bench measures durable puts, reads, watches and the start of a node, beside the disk itself and its peers.
              --subjects a,b   of lattice, rocksdb, mvstore, etcd, redis (lattice)
              --threads 1,16   numbers of threads that put (1,16,64,256)
              --watchers 1,100 numbers of watchers (1)
              --keys N         how many keys are read from (100000)
              --seconds S      how long each measurement counts (5)
              --restart-keys N keys of a store that is restarted, closed and killed (0: leave out)
              --overwrite S    seconds of overwriting 100,000 keys, with a plot (0: leave out)
              --jar FILE       the distribution whose start is measured
              --folder DIR     where to write: on the disk that is to be measured (target/bench)
              --json FILE      where the figures go (target/bench.json)
            """;

    private static final Set<String> NAMES = Set.of("--subjects", "--threads", "--watchers", "--keys", "--seconds",
            "--restart-keys", "--overwrite", "--jar", "--folder", "--json");

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
                subjects(given.getOrDefault("--subjects", "lattice")),
                numbers(given.getOrDefault("--threads", "1,16,64,256")),
                numbers(given.getOrDefault("--watchers", "1")),
                Integer.parseInt(given.getOrDefault("--keys", "100000")),
                Double.parseDouble(given.getOrDefault("--seconds", "5")),
                Integer.parseInt(given.getOrDefault("--restart-keys", "0")),
                Integer.parseInt(given.getOrDefault("--overwrite", "0")),
                Path.of(given.getOrDefault("--jar", "bndrun/target/lattice.jar")),
                Path.of(given.getOrDefault("--folder", "target/bench")),
                Path.of(given.getOrDefault("--json", "target/bench.json")));
    }

    private static Set<String> subjects(String list) {
        Set<String> known = Subjects.all().stream().map(Subject.Opening::name).collect(Collectors.toSet());
        Set<String> asked = Set.of(list.split(","));
        asked.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("There is no subject '" + name + "', only " + String.join(", ", known) + ".");
        });
        return asked;
    }

    private static List<Integer> numbers(String list) {
        return Stream.of(list.split(",")).map(Integer::valueOf).toList();
    }

    Durations durations() {
        Duration measured = Duration.ofMillis((long) (seconds * 1000));
        return new Durations(measured.dividedBy(2), measured);
    }
}
