package lattice.mesh.internal.command;

import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.Syntax.Option;

/** How commands name a mesh and a node: by the first digits of an id, or a node's name. */
final class MeshArgument {
    static final Option OPTION = Option.of("--mesh", "id",
            "which mesh, by the first digits of its id; needed only if there are several");

    private MeshArgument() {
    }

    /** The mesh that is meant: the one that was named, else the only one that there is anybody else in, else the own. */
    static Membership mesh(MeshService meshes, Arguments arguments) throws CommandException {
        List<Membership> all = meshes.all();
        Optional<String> named = arguments.option("--mesh");
        if (named.isPresent()) {
            List<Membership> found = all.stream().filter(mesh -> mesh.mesh().hex().startsWith(named.get())).toList();
            if (found.size() != 1) {
                throw new CommandException((found.isEmpty() ? "No mesh here has an id that starts with "
                        : "More than one mesh here has an id that starts with ") + named.get() + ": see lattice:mesh.");
            }
            return found.get(0);
        }
        List<Membership> shared = all.stream().filter(mesh -> !mesh.mesh().equals(meshes.own())
                || mesh.members().stream().filter(Member::present).count() > 1).toList();
        if (shared.size() > 1) {
            throw new CommandException("This node is in several meshes: name one with --mesh; see lattice:mesh.");
        }
        if (all.isEmpty()) {
            throw new CommandException("The node's stores are not open yet: try again in a moment.");
        }
        return shared.isEmpty() ? all.get(0) : shared.get(0);
    }

    static Member member(Membership mesh, String named) throws CommandException {
        List<Member> found = mesh.members().stream()
                .filter(member -> member.node().hex().startsWith(named) || member.name().equals(named)).toList();
        if (found.size() != 1) {
            throw new CommandException((found.isEmpty() ? "No node of this mesh is called "
                    : "More than one node of this mesh is called ") + named + ": see lattice:peers.");
        }
        return found.get(0);
    }

    static List<String> candidates(MeshService meshes) {
        return meshes.all().stream().flatMap(mesh -> mesh.members().stream()).filter(Member::present).map(Member::node)
                .filter(node -> !node.equals(meshes.self())).map(NodeId::shortId).distinct().toList();
    }
}
