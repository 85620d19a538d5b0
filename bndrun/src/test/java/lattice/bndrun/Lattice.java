package lattice.bndrun;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program {@code lattice} as somebody runs it: the exported jar on a Java.
 *
 * @param java the home of the Java
 * @param version its feature version
 * @param scratch a directory for what the program prints
 */
record Lattice(Path java, int version, Path scratch) {
    private static final Path JAR = Path.of(System.getProperty("lattice.jar", "target/lattice.jar")).toAbsolutePath();
    private static final Pattern VERSION = Pattern.compile("^JAVA_VERSION=\"(\\d+)", Pattern.MULTILINE);
    private static final long PATIENCE_SECONDS = 90;

    /**
     * How a program ended.
     *
     * @param exitCode as the shell knows it
     * @param out what it printed
     * @param err what it complained about
     */
    record Result(int exitCode, String out, String err) {
    }

    /** A running program. */
    final class Running implements AutoCloseable {
        private final Process process;
        private final Path out;
        private final Path err;

        private Running(Process process, Path out, Path err) {
            this.process = process;
            this.out = out;
            this.err = err;
        }

        long pid() {
            return process.pid();
        }

        void terminate() {
            process.destroy();
        }

        /** Waits until it has printed something. */
        void awaitPrinted(String text) throws IOException, InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!Files.readString(out).contains(text)) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new AssertionError("In vain for '" + text + "': printed\n" + Files.readString(out)
                            + "\nand complained\n" + Files.readString(err));
                }
                Thread.sleep(20);
            }
        }

        Result await() throws IOException, InterruptedException {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("Not ended after " + PATIENCE_SECONDS + " s: printed\n" + Files.readString(out)
                        + "\nand complained\n" + Files.readString(err));
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** The Java that runs this test and one of every other version on this machine that a node may run on. */
    static Map<Integer, Path> javas() throws IOException {
        Map<Integer, Path> javas = new TreeMap<>();
        javas.put(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
        Path others = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(others)) {
            try (DirectoryStream<Path> homes = Files.newDirectoryStream(others)) {
                for (Path home : homes) {
                    Path release = home.resolve("release");
                    Matcher matcher = VERSION.matcher(Files.isReadable(release) ? Files.readString(release) : "");
                    if (matcher.find() && Integer.parseInt(matcher.group(1)) >= 17
                            && Files.isExecutable(home.resolve("bin/java"))) {
                        javas.putIfAbsent(Integer.parseInt(matcher.group(1)), home);
                    }
                }
            }
        }
        return javas;
    }

    /** Runs it to its end, with text on standard input. */
    Result run(String input, String... words) throws IOException, InterruptedException {
        try (Running running = start(Redirect.PIPE, words)) {
            running.process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            running.process.getOutputStream().close();
            return running.await();
        }
    }

    Running start(Redirect input, String... words) throws IOException {
        return start(input, List.of(), words);
    }

    /** @param options for the Java machine */
    Running start(Redirect input, List<String> options, String... words) throws IOException {
        Path out = Files.createTempFile(scratch, "out", ".txt");
        Path err = Files.createTempFile(scratch, "err", ".txt");
        List<String> command = new ArrayList<>(List.of(java.resolve("bin/java").toString(), "-Xmx256m"));
        if (version >= 24) {
            // As the script does; the jar's manifest can't say it.
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(options);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(List.of(words));
        return new Running(new ProcessBuilder(command)
                .redirectInput(input)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start(), out, err);
    }

    static Redirect nothing() {
        return Redirect.from(new File("/dev/null"));
    }

    @Override
    public String toString() {
        return "Java " + version;
    }
}
