package lattice.testkit.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The program {@code lattice} as somebody runs it: the executable jar on a Java.
 *
 * @param java the home of the Java
 * @param version its feature version
 * @param jar the executable jar
 * @param options for the Java machine
 * @param prefix what it is run with, such as {@code ip netns exec NAME}; mostly nothing
 * @param environment added to this process's
 */
public record Lattice(Path java, int version, Path jar, List<String> options, List<String> prefix,
        Map<String, String> environment) {
    private static final Pattern VERSION = Pattern.compile("^JAVA_VERSION=\"(\\d+)", Pattern.MULTILINE);
    private static final Path OTHER_JAVAS = Path.of("/usr/lib/jvm");
    private static final int OLDEST_JAVA = 17;

    public Lattice {
        options = List.copyOf(options);
        prefix = List.copyOf(prefix);
        environment = Map.copyOf(environment);
    }

    /** A jar on the Java that runs this, as a plain {@code java -jar} runs it. */
    public static Lattice of(Path jar) {
        return new Lattice(Path.of(System.getProperty("java.home")), Runtime.version().feature(), jar.toAbsolutePath(),
                List.of(), List.of(), Map.of());
    }

    /**
     * The jar of this build, which the system property {@code lattice.jar} names, with little memory, and without the optimizing
     * compiler: what most nodes of tests do is start, for which that takes two fifths of all processor time.
     */
    public static Lattice here() {
        String jar = System.getProperty("lattice.jar");
        if (jar == null) {
            throw new IllegalStateException("The system property lattice.jar must name the executable jar.");
        }
        return of(Path.of(jar)).withOptions("-Xmx256m", "-XX:TieredStopAtLevel=1");
    }

    /** The same on this Java and on one of every other version on this machine that a node may run on. */
    public List<Lattice> onEveryJava() throws IOException {
        Map<Integer, Path> javas = new TreeMap<>(Map.of(version, java));
        if (Files.isDirectory(OTHER_JAVAS)) {
            try (DirectoryStream<Path> homes = Files.newDirectoryStream(OTHER_JAVAS)) {
                for (Path home : homes) {
                    Path release = home.resolve("release");
                    Matcher matcher = VERSION.matcher(Files.isReadable(release) ? Files.readString(release) : "");
                    if (matcher.find() && Integer.parseInt(matcher.group(1)) >= OLDEST_JAVA
                            && Files.isExecutable(home.resolve("bin/java"))) {
                        javas.putIfAbsent(Integer.parseInt(matcher.group(1)), home);
                    }
                }
            }
        }
        return javas.entrySet().stream()
                .map(found -> new Lattice(found.getValue(), found.getKey(), jar, options, prefix, environment)).toList();
    }

    /** With more options for the Java machine. */
    public Lattice withOptions(String... more) {
        return new Lattice(java, version, jar, Stream.concat(options.stream(), Stream.of(more)).toList(), prefix, environment);
    }

    /** With one more variable in its environment. */
    public Lattice withEnvironment(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Lattice(java, version, jar, options, prefix, more);
    }

    /** Run by another program that becomes it, such as {@code ip netns exec NAME}. */
    public Lattice behind(String... words) {
        return new Lattice(java, version, jar, options, List.of(words), environment);
    }

    /** Runs it to its end, with text on standard input. */
    public Result run(String input, String... words) throws IOException, InterruptedException {
        try (Running running = start(Redirect.PIPE, words)) {
            running.say(input);
            return running.await();
        }
    }

    /** Starts it with nothing on standard input. */
    public Running start(String... words) throws IOException {
        return start(Redirect.from(Path.of("/dev/null").toFile()), words);
    }

    /** Starts it with its shell, or whatever it has for a person, in a terminal of its own. */
    public PseudoTerminal inTerminal(int columns, int rows, String... words) throws IOException {
        return PseudoTerminal.start(columns, rows, command(words), environment);
    }

    private Running start(Redirect input, String... words) throws IOException {
        Path out = Files.createTempFile("lattice-out", ".txt");
        Path err = Files.createTempFile("lattice-err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command(words))
                .redirectInput(input).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }

    private List<String> command(String... words) {
        List<String> command = new ArrayList<>(prefix);
        command.add(java.resolve("bin/java").toString());
        if (version >= 24) {
            // As the script does; the jar's manifest can't say it.
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(options);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(List.of(words));
        return command;
    }

    @Override
    public String toString() {
        return "Java " + version;
    }
}
