package lattice.kernel.internal.validity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lattice.kernel.internal.codec.Hash;

/** What one node may do, as those strictly nearer to the founder have said, and it itself by leaving. */
final class Powers {
    private final boolean founder;
    private final int depth;
    private final List<Statement> grants = new ArrayList<>();
    private final List<Statement> revocations = new ArrayList<>();
    private final List<Statement> leaves = new ArrayList<>();
    private final Map<Chain, Long> forks = new HashMap<>();

    Powers(boolean founder, int depth) {
        this.founder = founder;
        this.depth = depth;
    }

    /** Whether both say the same of every commit. */
    boolean isSameAs(Powers other) {
        return other != null && founder == other.founder && new HashSet<>(grants).equals(new HashSet<>(other.grants))
                && new HashSet<>(revocations).equals(new HashSet<>(other.revocations))
                && new HashSet<>(leaves).equals(new HashSet<>(other.leaves)) && forks.equals(other.forks);
    }

    int depth() {
        return depth;
    }

    List<Statement> grants() {
        return grants;
    }

    Map<Chain, Long> forks() {
        return forks;
    }

    void add(Statement statement) {
        (statement.act() instanceof Act.Grant ? grants : revocations).add(statement);
    }

    /** Takes what the node said of itself; only what it said as a member counts, whatever else it said. */
    void addLeaves(List<Statement> said) {
        List<Statement> valid = said.stream().filter(leave -> member(leave.position())).toList();
        leaves.addAll(valid);
    }

    void addFork(Fork fork) {
        forks.merge(fork.chain(), fork.sequence(), Math::min);
    }

    boolean member(Position position) {
        return !forked(position) && (founder || !grants.isEmpty())
                && holds(revocation -> !((Act.Revoke) revocation.act()).adminOnly(), position, grant -> true);
    }

    boolean admin(Position position) {
        if (!member(position)) {
            return false;
        }
        boolean granted = founder || grants.stream()
                .anyMatch(grant -> isAdmin(grant) && start(grant, position.chain()).isBefore(position));
        return granted && holds(revocation -> true, position, Powers::isAdmin);
    }

    private boolean forked(Position position) {
        Long from = forks.isEmpty() ? null : forks.get(position.chain());
        return from != null && position.sequence() >= from;
    }

    private boolean holds(Predicate<Statement> concerns, Position position, Predicate<Statement> mayLift) {
        if (revocations.isEmpty() && leaves.isEmpty()) {
            return true;
        }
        return revocations.stream().filter(concerns).noneMatch(revocation -> ends(revocation, position, mayLift))
                && leaves.stream().filter(concerns).noneMatch(leave -> ends(leave, position, mayLift));
    }

    private boolean ends(Statement revocation, Position position, Predicate<Statement> mayLift) {
        Mark cut = ((Act.Revoke) revocation.act()).cuts().getOrDefault(position.chain(), Mark.START);
        return cut.isBefore(position) && grants.stream().noneMatch(grant -> mayLift.test(grant)
                && ((Act.Grant) grant.act()).lifts().contains(revocation.position().hash())
                && start(grant, position.chain()).isBefore(position));
    }

    static boolean isAdmin(Statement grant) {
        return ((Act.Grant) grant.act()).admin();
    }

    private static Mark start(Statement grant, Chain chain) {
        return ((Act.Grant) grant.act()).from().getOrDefault(chain, Mark.START);
    }

    // As things stand now, whatever the chain

    boolean isMember() {
        return (founder || !grants.isEmpty()) && endings(grant -> true, false).isEmpty();
    }

    boolean isAdmin() {
        return isMember() && (founder || grants.stream().anyMatch(Powers::isAdmin)) && endings(Powers::isAdmin, true).isEmpty();
    }

    /** The grant by which it became a member: the first one, or the first that lifts how it ended last. */
    Optional<Statement> admission(Comparator<Statement> oldestFirst) {
        Optional<Hash> ended = Stream.concat(revocations.stream(), leaves.stream())
                .filter(revocation -> !((Act.Revoke) revocation.act()).adminOnly()).max(oldestFirst)
                .map(revocation -> revocation.position().hash());
        return grants.stream().filter(grant -> ended.isPresent() && ((Act.Grant) grant.act()).lifts().contains(ended.get()))
                .min(oldestFirst).or(() -> grants.stream().min(oldestFirst));
    }

    /** What ends membership, or administration as well, and is not lifted. */
    List<Statement> endings(Predicate<Statement> mayLift, boolean ofAdmin) {
        List<Statement> endings = new ArrayList<>(revocations);
        endings.addAll(leaves);
        endings.removeIf(revocation -> !ofAdmin && ((Act.Revoke) revocation.act()).adminOnly()
                || grants.stream().anyMatch(grant -> mayLift.test(grant)
                        && ((Act.Grant) grant.act()).lifts().contains(revocation.position().hash())));
        return endings;
    }
}
