package lattice.bench.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Folders to measure in. */
public final class Folders {
    private Folders() {
    }

    /** A new folder. */
    public static Path temporary(Path parent, String prefix) throws IOException {
        return Files.createTempDirectory(parent.toAbsolutePath(), prefix);
    }

    /** Removes a folder and all that is in it. */
    public static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** What the files in it take on the disk: one with holes, as views are, takes less than it is long. */
    public static long bytes(Path folder) throws IOException {
        Process du = new ProcessBuilder("du", "-sk", folder.toString()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(du.getInputStream(), StandardCharsets.UTF_8))) {
            return Long.parseLong(output.readLine().split("\\s")[0]) * 1024;
        }
    }
}
