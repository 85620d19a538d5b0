package lattice.shell;

import java.util.List;
import java.util.function.Predicate;
import lattice.kernel.membership.Membership;
import lattice.shell.Syntax.Option;
import org.osgi.annotation.versioning.ProviderType;

/** How commands find the mesh that a person means; the same for all of them. */
@ProviderType
public interface MeshArgument {
    /** The option that names a mesh. */
    Option OPTION = Option.of("--mesh", "id",
            "which mesh, by the first digits of its id; needed only if there are several");

    /** All meshes of this node, its own first. */
    List<Membership> all();

    /**
     * The mesh that was named; else the only one with anybody else in it; else the node's own.
     *
     * @throws CommandException if no mesh or more than one is called so, or none was named and several could be meant
     */
    Membership mesh(Arguments arguments) throws CommandException;

    /**
     * The mesh that was named; else the only one that a thing is in; else, if it is in none, as {@link #mesh(Arguments)}.
     *
     * @param concerned whether the thing that the command is about is in a mesh
     * @throws CommandException as above, also if the thing is in several
     */
    Membership mesh(Arguments arguments, Predicate<Membership> concerned) throws CommandException;

    /** What may stand for a mesh. */
    List<String> candidates();
}
