package lattice.registry.internal.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lattice.api.node.InstanceState;
import lattice.consent.Verdict;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.overview.MeshOverview;
import lattice.registry.internal.overview.NodeStanding;
import lattice.registry.internal.status.Published;
import lattice.shell.Output;
import lattice.shell.Table;

/**
 * What nodes would make of a declaration. Of this node it is known; of others only what they have published: their tags,
 * and what became of the service so far. What their owners would say is theirs.
 */
final class Plan {
    private final Registry registry;
    private final MeshOverview overview;
    private final Meant meant;

    Plan(Registry registry, MeshOverview overview, Meant meant) {
        this.registry = registry;
        this.overview = overview;
        this.meant = meant;
    }

    void show(Declaration declaration, boolean local, Output output) {
        List<NodeStanding> nodes = overview.standings(meant.key().service(), Optional.of(declaration.policy())).stream()
                .filter(node -> !local || node.isSelf()).toList();
        List<List<Object>> rows = new ArrayList<>();
        for (NodeStanding node : nodes) {
            rows.add(Arrays.asList(node.member().node().shortId(), node.member().name(), Words.presence(node),
                    List.copyOf(node.tags()), node.isMeant() ? "yes" : "no",
                    node.told().flatMap(Published::state).map(Words::state).orElse(null),
                    node.isSelf() ? here(declaration, local) : elsewhere(node)));
        }
        output.table(new Table(List.of("node", "name", "presence", "tags", "meant", "state now", "then"), rows,
                "The mesh's store is not here yet: nobody is known."));
        output.line(declaration.policy().inWords() + " means " + nodes.stream().filter(NodeStanding::isMeant).count()
                + " of " + nodes.size() + " nodes. Nothing was declared."
                + (local || meant.mesh().mayInvite() ? "" : " This node is no administrator of the mesh, so it can't."));
    }

    private String here(Declaration declaration, boolean local) {
        Verdict verdict = registry.foresee(meant.key(), local, declaration)
                .orElse(new Verdict.NotDeclared("This node is about to leave the mesh."));
        return (verdict instanceof Verdict.Run ? "runs: " : "does not run: ") + verdict.reason();
    }

    private static String elsewhere(NodeStanding node) {
        Optional<InstanceState> now = node.told().flatMap(Published::state);
        String then;
        if (!node.isMeant()) {
            then = now.filter(InstanceState.RUNNING::equals).isPresent()
                    ? "stops, unless its owner said AlwaysAllow" : "does not run";
        } else if (now.isEmpty()) {
            then = "its owner is asked";
        } else {
            then = switch (now.get()) {
                case REFUSED -> "refuses";
                case AWAITING_CONSENT -> "awaits its owner's consent";
                case INVALID -> "is looked at anew; what it has now it finds invalid";
                case RUNNING -> "runs, if that is within what its owner consented to";
                case DECLARED -> "its owner is asked";
                default -> "is started, if that is within what its owner consented to";
            };
        }
        return node.isGone() ? then + ", when it is back" : then;
    }
}
