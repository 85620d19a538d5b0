package lattice.bench.report;

import java.io.IOException;
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
}
