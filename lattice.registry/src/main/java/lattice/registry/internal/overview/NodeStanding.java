package lattice.registry.internal.overview;

import java.util.Optional;
import java.util.SortedSet;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Presence;
import lattice.registry.internal.status.Published;

/**
 * How a service stands at a member of a mesh, as far as this node knows.
 *
 * @param member the node
 * @param isSelf whether it is this node
 * @param presence whether it is there; empty if nothing watches that
 * @param tags that it told of
 * @param isMeant whether the mesh's declaration means it
 * @param standing in one word
 * @param told what it last told; empty if it told nothing
 * @param isCurrent whether what it runs with is what is declared now; empty if it does not run
 */
public record NodeStanding(Member member, boolean isSelf, Optional<Presence> presence, SortedSet<String> tags,
        boolean isMeant, Standing standing, Optional<Published> told, Optional<Boolean> isCurrent) {
    public boolean isGone() {
        return presence.filter(Presence.GONE::equals).isPresent();
    }
}
