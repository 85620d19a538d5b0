package lattice.mesh.internal.command;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Presence;
import lattice.mesh.internal.node.MeshNode;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Option;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:mesh}: the meshes of this node, and with {@code --links} what it is connected with. */
@Component(property = Command.NAME + "=mesh")
public final class MeshCommand implements Command {
    private final MeshService meshes;

    @Activate
    public MeshCommand(@Reference MeshService meshes) {
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("mesh", "Show the meshes that this node is in, or its links.", List.of(),
                List.of(Option.flag("--links", "show the links of each mesh instead")), true,
                List.of("lattice:mesh", "lattice:mesh --links"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        for (Membership mesh : meshes.all()) {
            Optional<MeshNode> node = meshes.running(mesh.mesh());
            if (arguments.flag("--links")) {
                if (node.isPresent()) {
                    node.get().view().links().forEach(link -> rows.add(row(mesh, link)));
                }
            } else {
                rows.add(row(mesh, node));
            }
        }
        output.table(arguments.flag("--links")
                ? new Table(List.of("mesh", "peer", "name", "direction", "commits", "address", "since", "behind", "sent",
                        "received"), rows,
                        "There are no links: nobody else is in a mesh with this node, or nobody can be reached.")
                : new Table(List.of("mesh", "root store", "role", "members", "up", "links", "behind"), rows,
                        "The node's stores are not open yet."));
    }

    private static List<Object> row(Membership mesh, MeshNode.LinkView link) {
        // What it lacked when both were compared is nothing that a colour should warn of: most of it is on its way.
        String behind = link.behind().map(lacks -> lacks == 0 ? "no" : lacks + " commits").orElse("");
        return List.of(mesh.mesh().shortId(), link.peer().shortId(), mesh.member(link.peer()).map(Member::name).orElse(""),
                link.dialled() ? "out" : "in", link.eager() ? "pushes" : "announces", link.address(),
                Instant.ofEpochMilli(link.since()), behind, link.sent(), link.received());
    }

    private List<Object> row(Membership mesh, Optional<MeshNode> node) throws InterruptedException {
        boolean own = mesh.mesh().equals(meshes.own());
        long members = mesh.members().stream().filter(Member::present).count();
        MeshNode.View view = node.isPresent() ? node.get().view() : null;
        long behind = view == null ? 0 : view.commitsBehind();
        long up = 1 + (view == null ? 0 : view.presences().values().stream()
                .filter(seen -> seen.presence() == Presence.UP).count());
        Object links = view == null ? 0 : view.links().size();
        return List.of(mesh.mesh().shortId(), own ? "root" : "mesh-" + mesh.mesh().shortId(),
                own ? "founder" : mesh.mayInvite() ? "admin" : mesh.isMember(meshes.self()) ? "member"
                        : mesh.wasEverMember(meshes.self()) ? "removed" : "not yet known",
                members, up < members ? new Styled(String.valueOf(up), Tone.WARNING) : up,
                view != null && members > 1 && view.links().isEmpty() ? new Styled("0", Tone.WARNING) : links,
                behind == 0 ? new Styled("no", Tone.GOOD) : new Styled(behind + " commits", Tone.WARNING));
    }
}
