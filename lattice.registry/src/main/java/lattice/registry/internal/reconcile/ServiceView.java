package lattice.registry.internal.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import lattice.api.node.Endpoint;
import lattice.api.node.InstanceState;
import lattice.api.node.ServiceStatus;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.instance.RunConfig;

/**
 * An instance as it was after a pass.
 *
 * @param key which one
 * @param assessment what it should be
 * @param state what it does
 * @param reason why, in a sentence
 * @param since when it came to this state
 * @param moving whether it is on its way to another state by itself, within deadlines
 * @param startedAt when it began to run, if it runs
 * @param config what it runs with, if it runs
 * @param endpoints where it can be reached
 * @param starts how often it was started since the node came up
 * @param failures in a row
 * @param lastExit how it last ended, if it ever did
 * @param hanging names of threads that were given up on and have not ended
 */
public record ServiceView(InstanceKey key, Assessment assessment, InstanceState state, String reason, Instant since,
        boolean moving, Optional<Instant> startedAt, Optional<RunConfig> config, List<Endpoint> endpoints, int starts,
        int failures, Optional<String> lastExit, List<String> hanging) {
    public ServiceView {
        endpoints = List.copyOf(endpoints);
        hanging = List.copyOf(hanging);
    }

    /** As services are told. */
    public ServiceStatus status() {
        return new ServiceStatus(key.mesh(), key.service(), state, reason, since, endpoints);
    }
}
