package lattice.mesh.internal.command;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lattice.api.id.StoreId;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.mesh.internal.join.Token;
import lattice.mesh.internal.node.MeshNode;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:join}: becomes a member of the mesh of an invitation, and fetches its root store. */
@Component(property = Command.NAME + "=join")
public final class JoinCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final MeshService meshes;

    @Activate
    public JoinCommand(@Reference MeshService meshes) {
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("join", "Join the mesh of an invitation. Nothing starts by that: services still need your consent.",
                List.of(new Parameter("token", "what lattice:invite printed on the other node", Arity.REQUIRED)),
                List.of(Option.of("--name", "name", "what the others are to call this node")), false,
                List.of("lattice:join lattice-AXh5...", "lattice:join lattice-AXh5... --name attic"));
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Token token;
        try {
            token = Token.parse(arguments.required("token"));
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
        Optional<Membership> known = find(token.mesh());
        if (known.isPresent() && known.get().isMember(meshes.self())) {
            throw new CommandException("This node is in mesh " + token.mesh().shortId() + " already.");
        }
        try {
            meshes.join(token, arguments.option("--name").orElse(""));
        } catch (IOException e) {
            throw new CommandException(e.getMessage(), e);
        }
        output.line("Node " + token.inviter().shortId() + " let this node in. Fetching the mesh's store ...");
        fetch(token.mesh(), output);
        long others = find(token.mesh()).map(Membership::members).orElse(List.of()).stream().filter(Member::present)
                .count() - 1;
        output.line("This node is in mesh " + token.mesh().shortId() + " with " + others
                + (others == 1 ? " other" : " others") + ". Its root store is mesh-" + token.mesh().shortId() + ".");
    }

    /** Waits until what others were known to have is here; the wait ends when nothing more comes. */
    private void fetch(StoreId mesh, Output output) throws Exception {
        Fetching fetching = new Fetching(output);
        while (!fetching.isDone()) {
            TimeUnit.MILLISECONDS.sleep(100);
            Optional<Membership> membership = find(mesh);
            Optional<MeshNode> node = meshes.running(mesh);
            if (membership.isPresent() && node.isPresent()) {
                fetching.look(node.get().view(), membership.get().isMember(meshes.self()));
            }
            if (fetching.silence().compareTo(PATIENCE) > 0) {
                throw new CommandException("Joined, but the store is not all here, and nothing has come for "
                        + PATIENCE.toSeconds() + " seconds; it goes on in the background: see lattice:mesh.");
            }
        }
    }

    private Optional<Membership> find(StoreId mesh) {
        return meshes.all().stream().filter(membership -> membership.mesh().equals(mesh)).findFirst();
    }
}
