package lattice.service.health.internal;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import lattice.api.service.ServiceConfig;

/**
 * The config, as the descriptor explains it.
 *
 * @param interval time between two rounds of checks
 * @param patience how long a check may take
 * @param disk percent of the disk that should be free
 * @param heap percent of the heap that may be in use
 * @param lag commits that a view may be behind its log
 * @param clockAhead how far the hybrid clock may be ahead of the wall clock
 * @param startGrace how long a service may take to come up
 * @param http where probes are answered, if anywhere
 */
record HealthSettings(Duration interval, Duration patience, Limits disk, Limits heap, Limits lag, Duration clockAhead,
        Duration startGrace, Optional<InetSocketAddress> http) {
    /** Where worry begins, and where alarm. */
    record Limits(int warn, int critical) {
    }

    /** @throws IllegalArgumentException if a field makes no sense; the message names it */
    static HealthSettings of(ServiceConfig config) {
        Limits disk = new Limits(config.integer("diskFreeWarnPercent"), config.integer("diskFreeCriticalPercent"));
        require(disk.critical <= disk.warn, "diskFreeCriticalPercent must not be above diskFreeWarnPercent");
        Limits heap = rising(config, "heapUsedWarnPercent", "heapUsedCriticalPercent");
        Limits lag = rising(config, "viewLagWarn", "viewLagCritical");
        return new HealthSettings(seconds(config, "intervalSeconds"), seconds(config, "checkTimeoutSeconds"), disk, heap,
                lag, seconds(config, "clockAheadSeconds"), seconds(config, "startGraceSeconds"),
                config.optional("httpPort").map(port -> loopback(config.string("httpBind"), config.integer("httpPort"))));
    }

    private static Limits rising(ServiceConfig config, String warn, String critical) {
        Limits limits = new Limits(config.integer(warn), config.integer(critical));
        require(limits.warn <= limits.critical, critical + " must not be below " + warn);
        return limits;
    }

    private static Duration seconds(ServiceConfig config, String field) {
        return Duration.ofSeconds(config.integer(field));
    }

    /** Probes tell much about a node and ask for no name: they are for this machine alone. */
    private static InetSocketAddress loopback(String host, int port) {
        try {
            InetAddress address = InetAddress.getByName(host);
            require(address.isLoopbackAddress(), "httpBind must be a loopback address such as 127.0.0.1, not '" + host + "'");
            return new InetSocketAddress(address, port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("Config field httpBind must be a loopback address such as 127.0.0.1, not '"
                    + host + "'.", e);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException("Config field " + otherwise + ".");
        }
    }
}
