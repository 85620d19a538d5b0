package lattice.daemon.internal.isolation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    private static final int MEMORY_MIB = 128;
    private static final int GUARDS_UNSAFE = 24;

    /** The one of this node, if it was started from a jar. */
    public static Optional<ServiceHost> of(BundleContext context) {
        return Optional.ofNullable(context.getProperty(DISTRIBUTION)).map(Path::of).filter(Files::isRegularFile)
                .map(ServiceHost::new);
    }

    String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        if (Runtime.version().feature() >= GUARDS_UNSAFE) {
            arguments.add("--sun-misc-unsafe-memory-access=allow");
        }
        arguments.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-Xmx" + MEMORY_MIB + "m",
                "-jar", distribution.toString(), WORD));
        return arguments;
    }
}
