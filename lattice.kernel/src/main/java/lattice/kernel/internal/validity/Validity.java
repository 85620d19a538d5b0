package lattice.kernel.internal.validity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import lattice.api.id.NodeId;
import lattice.kernel.internal.codec.Hash;

/**
 * Who may do what in a mesh: a pure function of a set of statements, the same whatever the order they came in, and
 * independent of any clock.
 *
 * <p>Grants form a tree that starts at the founder. A node's depth is one more than that of the nearest administrator who
 * granted it anything; what it may do follows only from what nodes strictly nearer to the founder have said of it, so one
 * level after the other is decided once and for all: there are no circles, and two administrators of one level can't throw
 * each other out. A revocation says up to where the node's chains count; it holds until a grant names it. A node leaves by
 * revoking itself.
 */
public final class Validity {
    private static final Comparator<Statement> OLDEST_FIRST = Comparator.comparing(Statement::time)
            .thenComparing(statement -> statement.position().author())
            .thenComparing(statement -> statement.position().sequence());

    private final NodeId founder;
    private final Map<NodeId, Powers> powers;
    private final Set<Position> accepted;
    private final Set<Hash> usedInvites;

    private Validity(NodeId founder, Map<NodeId, Powers> powers, Set<Position> accepted, Set<Hash> usedInvites) {
        this.founder = founder;
        this.powers = powers;
        this.accepted = accepted;
        this.usedInvites = usedInvites;
    }

    /**
     * @param founder the author of the mesh's founding commit
     * @param statements all that control commits say about nodes, whoever said it
     * @param forks what has been proven of nodes that made two chains
     */
    public static Validity of(NodeId founder, Collection<Statement> statements, Collection<Fork> forks) {
        Map<NodeId, List<Statement>> bySpeaker = new HashMap<>();
        statements.forEach(statement -> bySpeaker.computeIfAbsent(statement.speaker(), key -> new ArrayList<>())
                .add(statement));
        Map<NodeId, List<Fork>> forksOf = new HashMap<>();
        forks.forEach(fork -> forksOf.computeIfAbsent(fork.offender(), key -> new ArrayList<>()).add(fork));

        Map<NodeId, Powers> decided = new HashMap<>();
        Map<NodeId, List<Statement>> said = new HashMap<>();
        Set<Position> accepted = new HashSet<>();
        Set<Hash> usedInvites = new HashSet<>();
        List<NodeId> level = List.of(founder);
        for (int depth = 0; !level.isEmpty(); depth++) {
            for (NodeId node : level) {
                Powers own = new Powers(node.equals(founder), depth);
                said.getOrDefault(node, List.of()).forEach(own::add);
                forksOf.getOrDefault(node, List.of()).forEach(own::addFork);
                own.addLeaves(bySpeaker.getOrDefault(node, List.of()).stream()
                        .filter(statement -> statement.subject().equals(node) && statement.act() instanceof Act.Revoke)
                        .toList());
                decided.put(node, own);
            }
            Set<NodeId> next = new HashSet<>();
            for (NodeId node : level) {
                Powers own = decided.get(node);
                for (Statement statement : bySpeaker.getOrDefault(node, List.of())) {
                    boolean leave = statement.subject().equals(node) && statement.act() instanceof Act.Revoke;
                    if (leave && own.member(statement.position())) {
                        accepted.add(statement.position());
                    } else if (!decided.containsKey(statement.subject()) && own.admin(statement.position())) {
                        accepted.add(statement.position());
                        said.computeIfAbsent(statement.subject(), key -> new ArrayList<>()).add(statement);
                        if (statement.act() instanceof Act.Grant grant) {
                            next.add(statement.subject());
                            grant.invite().ifPresent(usedInvites::add);
                        }
                    }
                }
            }
            level = List.copyOf(next);
        }
        return new Validity(founder, decided, accepted, usedInvites);
    }

    public NodeId founder() {
        return founder;
    }

    /** Whether a commit's author was a member when it made it: what members may write counts. */
    public boolean isMember(Position position) {
        Powers own = powers.get(position.author().node());
        return own != null && own.member(position);
    }

    /** Whether a commit's author was an administrator when it made it: what administrators may write counts. */
    public boolean isAdmin(Position position) {
        Powers own = powers.get(position.author().node());
        return own != null && own.admin(position);
    }

    /** Whether what a control commit says about a node counts. */
    public boolean accepts(Position position) {
        return accepted.contains(position);
    }

    /** Whether an invitation has been accepted, even by a node that was revoked since. */
    public boolean isUsed(Hash invite) {
        return usedInvites.contains(invite);
    }

    /** Whether a node is or ever was a member: its commits are kept, though not all of them may count. */
    public boolean wasEverMember(NodeId node) {
        return powers.containsKey(node);
    }

    /** Whether a node is a member as things stand. */
    public boolean isMember(NodeId node) {
        Powers own = powers.get(node);
        return own != null && own.isMember();
    }

    /** Whether a node is an administrator as things stand. */
    public boolean isAdmin(NodeId node) {
        Powers own = powers.get(node);
        return own != null && own.isAdmin();
    }

    /** Whether one may revoke or grant the other: only who is strictly nearer to the founder, and an administrator. */
    public boolean mayDecideOn(NodeId one, NodeId other) {
        Powers about = powers.get(other);
        return isAdmin(one) && (about == null || powers.get(one).depth() < about.depth());
    }

    /** The revocations of a node that hold, also those by which it is no administrator: what a grant must lift. */
    public Set<Hash> revocationsOf(NodeId node) {
        Powers own = powers.get(node);
        Set<Hash> hashes = new HashSet<>();
        if (own != null) {
            own.endings(Powers::isAdmin, true).forEach(statement -> hashes.add(statement.position().hash()));
        }
        return hashes;
    }

    /** Nodes that have other powers here than there, or of whose statements others count. */
    Set<NodeId> differencesFrom(Validity other) {
        Set<NodeId> all = new HashSet<>(powers.keySet());
        if (other != null) {
            all.addAll(other.powers.keySet());
            all.removeIf(node -> powers.containsKey(node) && powers.get(node).isSameAs(other.powers.get(node)));
            accepted.stream().filter(position -> !other.accepted.contains(position))
                    .forEach(position -> all.add(position.author().node()));
            other.accepted.stream().filter(position -> !accepted.contains(position))
                    .forEach(position -> all.add(position.author().node()));
        }
        return all;
    }

    /** All who are or were members, in the order of their ids. */
    public Collection<Standing> standings() {
        Map<NodeId, Standing> standings = new TreeMap<>();
        powers.forEach((node, own) -> {
            Optional<Statement> grant = own.grants().stream().max(OLDEST_FIRST);
            Optional<Statement> revocation = own.isMember() ? Optional.empty()
                    : own.endings(any -> true, false).stream().max(OLDEST_FIRST);
            standings.put(node, new Standing(node, own.depth(), own.isMember(), own.isAdmin(), grant,
                    own.admission(OLDEST_FIRST), revocation, own.forks()));
        });
        return standings.values();
    }
}
