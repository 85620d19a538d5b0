package lattice.mesh.internal.command;

import java.util.List;
import lattice.api.store.StoreException;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:revoke}: removes a member. */
@Component(property = Command.NAME + "=revoke")
public final class RevokeCommand implements Command {
    private final MeshService meshes;
    private final MeshArgument argument;

    @Activate
    public RevokeCommand(@Reference MeshService meshes, @Reference MeshArgument argument) {
        this.meshes = meshes;
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("revoke", "Remove a node from the mesh: what it writes from now on counts nowhere.",
                List.of(new Parameter("node", "its name, or the first digits of its id", Arity.REQUIRED)),
                List.of(MeshArgument.OPTION, Option.flag("--force",
                        "even if stores that it writes in are not held here; what it wrote there counts no more")), false,
                List.of("lattice:revoke 3fa9c1d2", "lattice:revoke attic"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "node" -> MemberArgument.candidates(argument, meshes.self());
            case "--mesh" -> argument.candidates();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Membership mesh = argument.mesh(arguments);
        Member member = MemberArgument.member(mesh, arguments.required("node"));
        if (member.node().equals(meshes.self())) {
            throw new CommandException("That is this node: lattice:leave takes it out of the mesh.");
        }
        try {
            mesh.revoke(member.node(), arguments.flag("--force"));
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
        output.line("Node " + member.node().shortId() + " is no longer a member of mesh " + mesh.mesh().shortId() + ".");
    }
}
