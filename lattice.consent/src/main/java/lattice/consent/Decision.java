package lattice.consent;

import java.time.Instant;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;

/**
 * A decision in the ledger.
 *
 * @param number counts the decisions about this service, from 1
 * @param mesh the mesh
 * @param service the service
 * @param what what was decided, such as {@code FollowMesh}
 * @param proposer the node that signed the declaration, if one was there
 * @param decider who decided: a person, or the firewall by what a person had said before
 * @param when when
 * @param why what was shown, or why the firewall said so
 */
public record Decision(long number, StoreId mesh, ServiceId service, String what, Optional<NodeId> proposer,
        String decider, Instant when, String why) {
}
