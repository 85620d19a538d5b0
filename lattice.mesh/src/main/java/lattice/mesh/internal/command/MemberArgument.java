package lattice.mesh.internal.command;

import java.util.List;
import lattice.api.id.NodeId;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;

/** How commands name a member of a mesh: by the first digits of its id, or its name. */
final class MemberArgument {
    private MemberArgument() {
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

    /** All others, of all meshes. */
    static List<String> candidates(MeshArgument meshes, NodeId self) {
        return meshes.all().stream().flatMap(mesh -> mesh.members().stream()).filter(Member::present).map(Member::node)
                .filter(node -> !node.equals(self)).map(NodeId::shortId).distinct().toList();
    }
}
