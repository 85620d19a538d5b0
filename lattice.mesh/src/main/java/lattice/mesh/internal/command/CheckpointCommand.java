package lattice.mesh.internal.command;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.api.store.StoreException;
import lattice.kernel.membership.Checkpointing;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.StoreCheckpoint;
import lattice.mesh.internal.node.MeshService;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Styled;
import lattice.shell.Styled.Tone;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import lattice.shell.Table;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:checkpoint}: how far a mesh's stores are settled; with the name of a store, settles it now. */
@Component(property = Command.NAME + "=checkpoint")
public final class CheckpointCommand implements Command {
    private static final Pattern GRACE = Pattern.compile("([0-9]{1,6})([smhd])");

    private final MeshService meshes;
    private final MeshArgument argument;

    @Activate
    public CheckpointCommand(@Reference MeshService meshes, @Reference MeshArgument argument) {
        this.meshes = meshes;
        this.argument = argument;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("checkpoint", "Show up to where stores are settled, or settle one now so that its log can shrink.",
                List.of(new Parameter("store", "root, or the name of a child store", Arity.OPTIONAL)),
                List.of(Option.of("--grace", "time", "how old what a cut-off node wrote may be and still count, such as 7d"),
                        Option.of("--delegate", "node", "let this administrator make checkpoints too; 'none' for nobody"),
                        MeshArgument.OPTION),
                true, List.of("lattice:checkpoint", "lattice:checkpoint root --grace 7d", "lattice:checkpoint --delegate attic"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "--delegate" -> MemberArgument.candidates(argument, meshes.self());
            case "--mesh" -> argument.candidates();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Membership mesh = argument.mesh(arguments);
        Checkpointing checkpoints = mesh.checkpoints();
        Optional<String> delegate = arguments.option("--delegate");
        Optional<String> store = arguments.optional("store");
        Optional<Duration> grace = grace(arguments.option("--grace"));
        try {
            if (delegate.isPresent()) {
                checkpoints.delegate(delegate.get().equals("none") ? Optional.empty()
                        : Optional.of(MemberArgument.member(mesh, delegate.get()).node()));
            }
            if (store.isPresent()) {
                checkpoints.make(store.get(), grace);
            }
        } catch (StoreException | IOException e) {
            throw new CommandException(e.getMessage(), e);
        }
        List<List<Object>> rows = new ArrayList<>();
        for (StoreCheckpoint of : checkpoints.list()) {
            Object state = of.problem().isPresent() ? new Styled(of.problem().get(), Tone.BAD)
                    : of.number() == 0 ? new Styled("none yet", Tone.QUIET)
                    : of.settled() < of.number() ? new Styled("on its way", Tone.WARNING) : new Styled("settled", Tone.GOOD);
            rows.add(Arrays.asList(of.name(), of.number(), state, of.by().map(node -> node.shortId()).orElse(null),
                    of.horizon().orElse(null), of.bytes(), of.uncovered(), of.late()));
        }
        output.table(new Table(List.of("store", "checkpoint", "state", "by", "horizon", "bytes", "log since", "write again"),
                rows, "The mesh's store is not here yet."));
    }

    private static Optional<Duration> grace(Optional<String> given) throws CommandException {
        if (given.isEmpty()) {
            return Optional.empty();
        }
        Matcher form = GRACE.matcher(given.get());
        if (!form.matches()) {
            throw new CommandException("--grace takes a time such as 30s, 10m, 12h or 7d, not '" + given.get() + "'.");
        }
        long count = Long.parseLong(form.group(1));
        return Optional.of(switch (form.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        });
    }
}
