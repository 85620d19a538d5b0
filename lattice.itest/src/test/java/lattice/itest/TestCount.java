package lattice.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Says how many tests ran in the framework, from the reports that they left: the runner itself is silent about it. */
public final class TestCount {
    private static final Pattern SUITE = Pattern.compile("<testsuite\\s[^>]*>");

    private TestCount() {
    }

    /** @param arguments the directory of the reports, and which tests were asked for, if not all were */
    public static void main(String[] arguments) throws IOException {
        Path reports = Path.of(arguments[0]);
        String asked = arguments.length > 1 && arguments[1] != null ? arguments[1] : "";
        int[] sums = new int[4];
        for (Path report : reports(reports)) {
            Matcher suite = SUITE.matcher(Files.readString(report));
            while (suite.find()) {
                sums[0] += attribute(suite.group(), "tests");
                sums[1] += attribute(suite.group(), "failures");
                sums[2] += attribute(suite.group(), "errors");
                sums[3] += attribute(suite.group(), "skipped");
            }
        }
        System.out.printf("Tests run in the framework: %d, Failures: %d, Errors: %d, Skipped: %d%n", sums[0], sums[1], sums[2],
                sums[3]);
        // What is asked for without this package is meant for other projects of the same build.
        if (sums[0] == 0 && (asked.isEmpty() || asked.startsWith("lattice.itest."))) {
            throw new IllegalStateException("No test ran in the framework" + (asked.isEmpty() ? "" : ": there is no " + asked) + ".");
        }
    }

    private static List<Path> reports(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml")).toList();
        }
    }

    private static int attribute(String suite, String name) {
        Matcher value = Pattern.compile("\\s" + name + "=\"(\\d+)\"").matcher(suite);
        return value.find() ? Integer.parseInt(value.group(1)) : 0;
    }
}
