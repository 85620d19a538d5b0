package lattice.bench.protocol;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What has been spent so far.
 *
 * @param client processor time of this process
 * @param server processor time of the process that is asked
 * @param bytes read and written by this process, which does both with sockets only, and with Java's, as Linux does not count what
 *     Netty's own library reads; 0 where the system does not count them
 */
record Cost(Duration client, Duration server, long bytes) {
    private static final OperatingSystemMXBean SYSTEM = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final Path COUNTED = Path.of("/proc/self/io");

    static Cost now(long server) throws IOException {
        return new Cost(Duration.ofNanos(SYSTEM.getProcessCpuTime()),
                ProcessHandle.of(server).flatMap(process -> process.info().totalCpuDuration()).orElse(Duration.ZERO), counted());
    }

    private static long counted() throws IOException {
        if (!Files.isReadable(COUNTED)) {
            return 0;
        }
        return Files.readAllLines(COUNTED).stream().filter(line -> line.startsWith("rchar") || line.startsWith("wchar"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1))).sum();
    }

    Cost minus(Cost before) {
        return new Cost(client.minus(before.client), server.minus(before.server), bytes - before.bytes);
    }

    Cost plus(Cost other) {
        return new Cost(client.plus(other.client), server.plus(other.server), bytes + other.bytes);
    }
}
