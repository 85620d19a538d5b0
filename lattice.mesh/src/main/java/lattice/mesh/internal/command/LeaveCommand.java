package lattice.mesh.internal.command;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.id.StoreId;
import lattice.api.store.StoreException;
import lattice.kernel.membership.Membership;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:leave}: takes this node out of another node's mesh. */
@Component(property = Command.NAME + "=leave")
public final class LeaveCommand implements Command {
    private static final int SHORT_ID = 8;
    private static final String UNTOLD = "None of its nodes has said that it knows: to those that don't this one is a member until an"
            + " administrator there removes it with lattice:revoke.";

    private final MeshService meshes;
    private final MeshArgument argument;

    @Activate
    public LeaveCommand(@Reference MeshService meshes, @Reference MeshArgument argument) {
        this.meshes = meshes;
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("leave", "Leave a mesh; its stores are no longer open here.", List.of(),
                List.of(MeshArgument.OPTION), false, List.of("lattice:leave", "lattice:leave --mesh 3fa9c1d2"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return place.equals(MeshArgument.OPTION.name())
                ? Stream.concat(argument.candidates().stream(), meshes.unopened().stream().map(StoreId::shortId)).toList() : List.of();
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Optional<StoreId> unopened = unopened(arguments);
        if (unopened.isPresent()) {
            meshes.forget(unopened.get());
            output.line("This node has left mesh " + unopened.get().shortId() + ", whose store can't be opened here. " + UNTOLD);
            return;
        }
        Membership mesh = argument.mesh(arguments);
        if (mesh.mesh().equals(meshes.own())) {
            throw new CommandException("Mesh " + mesh.mesh().shortId()
                    + " is this node's own, and where all its grants come from: it can't be left.");
        }
        boolean known;
        try {
            known = meshes.leave(mesh);
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
        output.line("This node has left mesh " + mesh.mesh().shortId() + "." + (known ? "" : " " + UNTOLD));
    }

    /** The mesh that was named, at least by its short id, if its root store can't be opened. */
    private Optional<StoreId> unopened(Arguments arguments) throws CommandException {
        String digits = arguments.option(MeshArgument.OPTION.name()).orElse("");
        List<StoreId> named = digits.length() < SHORT_ID ? List.of()
                : meshes.unopened().stream().filter(mesh -> mesh.hex().startsWith(digits)).toList();
        if (!named.isEmpty() && (named.size() > 1
                || meshes.all().stream().anyMatch(mesh -> mesh.mesh().hex().startsWith(digits)))) {
            throw new CommandException("More than one mesh of this node begins with " + digits + ": give more of its id.");
        }
        return named.stream().findFirst();
    }
}
