package lattice.kernel.internal.validity;

import java.util.Map;
import java.util.Optional;
import lattice.api.id.NodeId;

/**
 * What became of a node that was ever granted membership.
 *
 * @param node who
 * @param depth steps from the founder, whose is 0
 * @param member whether it is a member now
 * @param admin whether it is an administrator now
 * @param grant the statement that made it what it is; empty for the founder
 * @param admission the statement that let it in, the last time if it was let in again; empty for the founder
 * @param revocation the statement that ended its membership, if one did
 * @param forks chains of which it made two, and from which number on
 */
public record Standing(NodeId node, int depth, boolean member, boolean admin, Optional<Statement> grant,
        Optional<Statement> admission, Optional<Statement> revocation, Map<Chain, Long> forks) {
    public Standing {
        forks = Map.copyOf(forks);
    }
}
