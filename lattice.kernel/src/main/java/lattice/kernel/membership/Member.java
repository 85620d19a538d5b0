package lattice.kernel.membership;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lattice.api.id.NodeId;

/**
 * A node that is or was a member.
 *
 * @param node who
 * @param role what it may write, or might before it was removed
 * @param present whether it is a member now
 * @param forked whether it was proven to have made two different commits of one number
 * @param name what people call it; may be empty
 * @param addresses how it can be reached, {@code host:port} each; none if it only dials out
 * @param grantedBy who let it in; empty for the founder
 * @param since when it was let in
 * @param until when it was removed, or left; empty while it is present
 */
public record Member(NodeId node, Role role, boolean present, boolean forked, String name, List<String> addresses,
        Optional<NodeId> grantedBy, Optional<Instant> since, Optional<Instant> until) {
    public Member {
        addresses = List.copyOf(addresses);
    }

    /**
     * A node as people call it: its name, if it has one, short id and role, as in {@code attic (5438aaaf, admin)}.
     *
     * @param member what is known of it; empty for a stranger
     * @param self whether it is this node, which goes by that name
     */
    public static String describe(NodeId node, Optional<Member> member, boolean self) {
        String role = member.isEmpty() ? "a stranger" : !member.get().present ? "removed"
                : member.get().grantedBy.isEmpty() ? "founder" : member.get().role.name().toLowerCase(Locale.ROOT);
        String name = self ? "this node" : member.map(Member::name).orElse("");
        return name.isEmpty() ? node.shortId() + " (" + role + ")" : name + " (" + node.shortId() + ", " + role + ")";
    }
}
