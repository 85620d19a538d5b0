package lattice.daemon.internal.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;

/**
 * How a process is started that runs the service of a bundle: the node's own distribution, on the node's own Java.
 *
 * @param distribution the jar
 */
public record ServiceHost(Path distribution) {
    /** Framework property: the path of the jar that this node was started from. */
    private static final String DISTRIBUTION = "lattice.distribution";
    private static final String WORD = "service";
    /** What of a process's memory Java's heap may be; as much again goes to its classes, its compiled code and its threads. */
    private static final int HEAP_SHARE = 3;
    private static final int BUFFER_SHARE = 6;
    private static final int GUARDS_UNSAFE = 24;
    private static final Path SYSTEM = Path.of("/usr");

    /** The one of this node, if it was started from a jar. */
    public static Optional<ServiceHost> of(BundleContext context) {
        return Optional.ofNullable(context.getProperty(DISTRIBUTION)).map(Path::of).filter(Files::isRegularFile)
                .map(ServiceHost::new);
    }

    String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** @param memory bytes that the process may have */
    List<String> arguments(long memory) {
        List<String> arguments = new ArrayList<>();
        if (Runtime.version().feature() >= GUARDS_UNSAFE) {
            arguments.add("--sun-misc-unsafe-memory-access=allow");
        }
        arguments.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-Xmx" + memory / HEAP_SHARE,
                "-XX:MaxDirectMemorySize=" + memory / BUFFER_SHARE, "-jar", distribution.toString(), WORD));
        return arguments;
    }

    /** What a sandbox has to show of this machine: the jar, Java, and what Java has elsewhere, such as its settings in /etc. */
    List<Path> files() throws IOException {
        Path java = Path.of(System.getProperty("java.home")).toRealPath();
        Set<Path> files = new LinkedHashSet<>(List.of(distribution));
        if (!java.startsWith(SYSTEM)) {
            files.add(java);
        }
        try (Stream<Path> all = Files.walk(java)) {
            for (Path link : all.filter(Files::isSymbolicLink).filter(Files::exists).toList()) {
                Path file = link.toRealPath();
                if (!file.startsWith(java) && !file.startsWith(SYSTEM)) {
                    files.add(file);
                }
            }
        }
        return List.copyOf(files);
    }
}
