package lattice.daemon.internal.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds programs of this machine.
 *
 * @param directories where those are that come with the system
 */
record Tools(List<String> directories) {
    private static final List<String> USUAL = List.of("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin",
            "/sbin");

    /** Those of this machine. */
    static Tools here() {
        return new Tools(USUAL);
    }

    /** Where programs are looked for: the node's {@code PATH}. */
    static String path() {
        String path = System.getenv("PATH");
        return path == null || path.isBlank() ? String.join(":", USUAL) : path;
    }

    /** A program of the node's {@code PATH}. */
    static Optional<Path> named(String name) {
        return find(name, List.of(path().split(":")));
    }

    /** A program that comes with the system; {@code PATH} has no say in it. */
    Path ofSystem(String name, String brings) {
        return find(name, directories).orElseThrow(() -> new IllegalStateException("There is no program " + name
                + " here, which it needs; install " + brings + "."));
    }

    private static Optional<Path> find(String name, List<String> directories) {
        Set<String> all = new LinkedHashSet<>(directories);
        return all.stream().filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory).resolve(name))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file)).findFirst();
    }
}
