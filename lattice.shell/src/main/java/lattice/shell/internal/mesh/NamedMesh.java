package lattice.shell.internal.mesh;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import lattice.api.id.StoreId;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Meshes;
import lattice.shell.Arguments;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Finds a mesh among those whose root stores are open. */
@Component
public final class NamedMesh implements MeshArgument {
    private static final int SHORTEST = 4;

    private final StoreId own;
    private final List<Membership> memberships = new CopyOnWriteArrayList<>();

    @Activate
    public NamedMesh(@Reference Meshes meshes) {
        this.own = meshes.own();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindMembership(Membership membership) {
        memberships.add(membership);
    }

    void unbindMembership(Membership membership) {
        memberships.remove(membership);
    }

    @Override
    public List<Membership> all() {
        List<Membership> all = new ArrayList<>(memberships);
        all.sort(Comparator.comparing((Membership mesh) -> !isOwn(mesh)).thenComparing(Membership::mesh));
        return all;
    }

    @Override
    public Membership mesh(Arguments arguments) throws CommandException {
        return mesh(arguments, mesh -> false);
    }

    @Override
    public Membership mesh(Arguments arguments, Predicate<Membership> concerned) throws CommandException {
        List<Membership> all = all();
        if (all.isEmpty()) {
            throw new CommandException("The node's stores are not open yet; try again in a moment.");
        }
        Optional<String> named = arguments.option(OPTION.name());
        if (named.isPresent()) {
            return named(all, named.get());
        }
        List<Membership> meant = all.stream().filter(concerned).toList();
        if (meant.isEmpty()) {
            meant = all.stream().filter(this::isShared).toList();
        }
        if (meant.size() > 1) {
            throw new CommandException("More than one mesh can be meant; name one with --mesh: " + ids(meant) + ".");
        }
        return meant.isEmpty() ? all.get(0) : meant.get(0);
    }

    @Override
    public List<String> candidates() {
        return all().stream().map(mesh -> mesh.mesh().shortId()).toList();
    }

    private Membership named(List<Membership> all, String text) throws CommandException {
        List<Membership> found = all.stream().filter(mesh -> mesh.mesh().hex().startsWith(text)).toList();
        if (text.length() < SHORTEST || found.size() != 1) {
            throw new CommandException("'" + text + "' is no mesh of this node; give its id, or at least the first "
                    + SHORTEST + " digits: " + ids(all) + ".");
        }
        return found.get(0);
    }

    private String ids(List<Membership> meshes) {
        return meshes.stream().map(mesh -> mesh.mesh().shortId() + (isOwn(mesh) ? " (this node's own)" : ""))
                .collect(Collectors.joining(", "));
    }

    private boolean isOwn(Membership mesh) {
        return mesh.mesh().equals(own);
    }

    private boolean isShared(Membership mesh) {
        return !isOwn(mesh) || mesh.members().stream().filter(Member::present).count() > 1;
    }
}
