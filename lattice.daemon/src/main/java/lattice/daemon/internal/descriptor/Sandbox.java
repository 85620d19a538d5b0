package lattice.daemon.internal.descriptor;

import java.nio.file.Path;
import java.util.List;

/**
 * A view of the machine of its own: the system's programs, its working directory, its config and its socket.
 *
 * @param network whether it sees the network
 * @param read what else it may read
 * @param write what else it may write
 */
public record Sandbox(boolean network, List<Path> read, List<Path> write) {
    /** Where a process in a sandbox finds its working directory. */
    public static final Path DIRECTORY = Path.of("/lattice/work");

    public Sandbox {
        read = List.copyOf(read);
        write = List.copyOf(write);
    }
}
