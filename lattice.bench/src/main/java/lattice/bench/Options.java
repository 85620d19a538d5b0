package lattice.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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
 * @param jar the distribution whose start is measured; not measured if it is not there
 * @param folder where to write; it is on the disk that is measured
 * @param json where the figures go
 */
record Options(Set<String> subjects, List<Integer> threads, List<Integer> watchers, int keys, double seconds, Path jar,
        Path folder, Path json) {
    static final String USAGE = """
            lattice.bench measures durable puts, reads, watches and the start of a node, beside the disk itself and its peers.
              --subjects a,b   of lattice, rocksdb, mvstore, etcd, redis (lattice)
              --threads 1,16   numbers of threads that put (1,16,64,256)
              --watchers 1,100 numbers of watchers (1)
              --keys N         how many keys are read from (100000)
              --seconds S      how long each measurement counts (5)
              --jar FILE       the distribution whose start is measured
              --folder DIR     where to write: on the disk that is to be measured (target/bench)
              --json FILE      where the figures go (target/bench.json)
            """;

    static Options parse(String... arguments) {
        Options options = new Options(Set.of("lattice"), List.of(1, 16, 64, 256), List.of(1), 100_000, 5,
                Path.of("bndrun/target/lattice.jar"), Path.of("target/bench"), Path.of("target/bench.json"));
        Deque<String> rest = new ArrayDeque<>(List.of(arguments));
        while (!rest.isEmpty()) {
            String option = rest.pop();
            if (rest.isEmpty()) {
                throw new IllegalArgumentException("There is no option '" + option + "', or its value is missing.");
            }
            options = options.with(option, rest.pop());
        }
        return options;
    }

    private Options with(String option, String value) {
        return switch (option) {
            case "--subjects" -> new Options(subjects(value), threads, watchers, keys, seconds, jar, folder, json);
            case "--threads" -> new Options(subjects, numbers(value), watchers, keys, seconds, jar, folder, json);
            case "--watchers" -> new Options(subjects, threads, numbers(value), keys, seconds, jar, folder, json);
            case "--keys" -> new Options(subjects, threads, watchers, Integer.parseInt(value), seconds, jar, folder, json);
            case "--seconds" -> new Options(subjects, threads, watchers, keys, Double.parseDouble(value), jar, folder, json);
            case "--jar" -> new Options(subjects, threads, watchers, keys, seconds, Path.of(value), folder, json);
            case "--folder" -> new Options(subjects, threads, watchers, keys, seconds, jar, Path.of(value), json);
            case "--json" -> new Options(subjects, threads, watchers, keys, seconds, jar, folder, Path.of(value));
            default -> throw new IllegalArgumentException("There is no option '" + option + "'.");
        };
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
