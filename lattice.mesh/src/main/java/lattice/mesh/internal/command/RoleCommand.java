package lattice.mesh.internal.command;

import java.util.List;
import java.util.Optional;
import lattice.api.store.StoreException;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:role}: makes a member an administrator, or an administrator a member. */
@Component(property = Command.NAME + "=role")
public final class RoleCommand implements Command {
    private final MeshService meshes;
    private final MeshArgument argument;

    @Activate
    public RoleCommand(@Reference MeshService meshes, @Reference MeshArgument argument) {
        this.meshes = meshes;
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("role", "Make a member of the mesh an administrator, or an administrator a member.",
                List.of(new Parameter("node", "its name, or the first digits of its id", Arity.REQUIRED),
                        new Parameter("role", "admin or member", Arity.REQUIRED)),
                List.of(MeshArgument.OPTION), false, List.of("lattice:role attic admin", "lattice:role 3fa9c1d2 member"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "node" -> MemberArgument.candidates(argument, meshes.self());
            case "role" -> RoleArgument.CANDIDATES;
            case "--mesh" -> argument.candidates();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Membership mesh = argument.mesh(arguments);
        Member member = MemberArgument.member(mesh, arguments.required("node"));
        Role role = RoleArgument.role(arguments.required("role"));
        if (!member.present()) {
            throw new CommandException("Node " + member.node().shortId() + " is not a member any more: invite it anew.");
        }
        try {
            if (role == Role.ADMIN) {
                mesh.grant(member.node(), role, Optional.empty(), member.name(), member.addresses());
            } else if (member.role() == Role.ADMIN) {
                mesh.demote(member.node());
            } else {
                throw new CommandException("Node " + member.node().shortId() + " is a member already.");
            }
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
        output.line(role == Role.ADMIN ? "Node " + member.node().shortId() + " is an administrator of mesh "
                + mesh.mesh().shortId() + " now: it may declare services, invite, and decide on those it lets in."
                : "Node " + member.node().shortId() + " is a member of mesh " + mesh.mesh().shortId()
                + " like others now. What it declared and whom it let in stays.");
    }
}
