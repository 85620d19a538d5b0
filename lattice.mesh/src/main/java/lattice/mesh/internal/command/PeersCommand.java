package lattice.mesh.internal.command;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Presence;
import lattice.mesh.internal.node.MeshNode;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Option;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:peers}: the members of a mesh. */
@Component(property = Command.NAME + "=peers")
public final class PeersCommand implements Command {
    private final MeshService meshes;
    private final MeshArgument argument;

    @Activate
    public PeersCommand(@Reference MeshService meshes, @Reference MeshArgument argument) {
        this.meshes = meshes;
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("peers", "List the members of the mesh.", List.of(),
                List.of(Option.flag("--all", "also those who were removed or left"), MeshArgument.OPTION), true,
                List.of("lattice:peers", "lattice:peers --all --json"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return place.equals(MeshArgument.OPTION.name()) ? argument.candidates() : List.of();
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Membership mesh = argument.mesh(arguments);
        Optional<MeshNode> node = meshes.running(mesh.mesh());
        MeshNode.View view = node.isPresent() ? node.get().view() : null;
        List<List<Object>> rows = new ArrayList<>();
        for (Member member : mesh.members()) {
            if (member.present() || arguments.flag("--all")) {
                List<Object> row = new ArrayList<>();
                row.add(member.node().shortId());
                row.add(member.name());
                row.add(member.grantedBy().isEmpty() ? "founder" : member.role().name().toLowerCase(Locale.ROOT));
                row.add(state(member, view));
                row.add(lastHeard(member, view).orElse(null));
                row.add(member.since().orElse(null));
                row.add(member.grantedBy().map(by -> by.shortId()).orElse(null));
                row.add(member.addresses());
                rows.add(row);
            }
        }
        output.table(new Table(List.of("node", "name", "role", "state", "last heard", "since", "let in by", "addresses"), rows,
                "The mesh's store is not here yet: nobody is known."));
    }

    /** Whether over a link or from others that passed its heartbeats on. */
    private static Optional<Instant> lastHeard(Member member, MeshNode.View view) {
        return Optional.ofNullable(view).map(seen -> seen.presences().get(member.node())).flatMap(MeshNode.Seen::silence)
                .map(silence -> Instant.now().minusMillis(silence));
    }

    private Styled state(Member member, MeshNode.View view) {
        if (member.forked()) {
            return new Styled("made two histories", Tone.BAD);
        }
        if (!member.present()) {
            return new Styled("removed", Tone.QUIET);
        }
        if (member.node().equals(meshes.self())) {
            return new Styled("this node", Tone.GOOD);
        }
        if (view == null || !view.presences().containsKey(member.node())) {
            return new Styled("unknown", Tone.QUIET);
        }
        if (view.links().stream().anyMatch(link -> link.peer().equals(member.node()))) {
            return new Styled("linked", Tone.GOOD);
        }
        Presence presence = view.presences().get(member.node()).presence();
        return switch (presence) {
            case UP -> new Styled("up", Tone.GOOD);
            case SUSPECTED -> new Styled("silent", Tone.WARNING);
            case GONE -> new Styled("away", Tone.BAD);
        };
    }
}
