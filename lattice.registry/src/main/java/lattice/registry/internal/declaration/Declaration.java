package lattice.registry.internal.declaration;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import lattice.api.id.ServiceId;

/**
 * What is declared about a service.
 *
 * @param policy which nodes it is meant for
 * @param config as it was written, without defaults; not to be modified
 * @param requires services that must run for it to run
 * @param after services that are started before it if they are to run
 * @param restart when it is started again
 * @param isolation where it runs at least
 */
public record Declaration(Policy policy, ObjectNode config, List<ServiceId> requires, List<ServiceId> after,
        RestartRule restart, Isolation isolation) {
    public Declaration {
        requires = List.copyOf(requires);
        after = List.copyOf(after);
    }
}
