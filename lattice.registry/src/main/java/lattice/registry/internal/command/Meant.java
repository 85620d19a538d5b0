package lattice.registry.internal.command;

import java.util.List;
import lattice.kernel.membership.Membership;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Registry;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;

/**
 * The service that a command is about.
 *
 * @param mesh the mesh that was named, or the one that declares the service
 * @param key the instance at this node
 */
public record Meant(Membership mesh, InstanceKey key) {
    /** The name of the parameter. */
    public static final String SERVICE = "service";

    /** @throws CommandException if it is not clear which one is meant */
    public static Meant by(Arguments arguments, MeshArgument meshes, Registry registry)
            throws CommandException, InterruptedException {
        var service = Words.service(arguments.required(SERVICE));
        var view = registry.freshView();
        Membership mesh = meshes.mesh(arguments,
                each -> view.containsKey(new InstanceKey(each.mesh(), service)));
        return new Meant(mesh, new InstanceKey(mesh.mesh(), service));
    }

    /** What may stand for a service that is declared, or for a mesh. */
    static List<String> candidates(String place, MeshArgument meshes, Registry registry) {
        if (place.equals(MeshArgument.OPTION.name())) {
            return meshes.candidates();
        }
        return place.equals(SERVICE)
                ? registry.view().keySet().stream().map(key -> key.service().name()).distinct().toList()
                : List.of();
    }
}
