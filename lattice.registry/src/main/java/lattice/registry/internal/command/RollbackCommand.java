package lattice.registry.internal.command;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lattice.api.node.ServiceStatus;
import lattice.api.store.HistoryEntry;
import lattice.api.store.HistoryEntry.Outcome;
import lattice.api.store.Key;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.registry.internal.Json.FormatException;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Declaration;
import lattice.registry.internal.declaration.DeclarationFormat;
import lattice.registry.internal.declaration.Declarations;
import lattice.registry.internal.overview.Overviews;
import lattice.registry.internal.schema.ConfigSchema;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:rollback}: declares again what was declared before. */
@Component(property = Command.NAME + "=rollback")
public final class RollbackCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);
    private static final int FAR = 10_000;

    private final Registry registry;
    private final Overviews overviews;
    private final MeshArgument meshes;

    @Activate
    public RollbackCommand(@Reference Registry registry, @Reference Overviews overviews,
            @Reference MeshArgument meshes) {
        this.registry = registry;
        this.overviews = overviews;
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("rollback", "Declare a service again as it was declared before.",
                List.of(new Parameter(Meant.SERVICE, "the service", Arity.REQUIRED),
                        new Parameter("revision", "of the earlier declaration, from lattice:history, or its version, from "
                                + "lattice:why; else the last one that was different", Arity.OPTIONAL)),
                List.of(MeshArgument.OPTION), true,
                List.of("lattice:rollback lattice.irc-gateway", "lattice:rollback lattice.irc-gateway 17"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Meant.candidates(place, meshes, registry);
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Meant meant = Meant.by(arguments, meshes, registry);
        Store root = registry.rootStore(meant.mesh());
        Key place = Declarations.place(meant.key().service());
        try {
            HistoryEntry earlier = chosen(root, place, arguments.optional("revision"));
            Declaration declaration = checked(meant, earlier);
            root.put(place, earlier.value().orElseThrow());
            Optional<ServiceStatus> now = registry.settle(meant.key().mesh(), meant.key().service(), PATIENCE);
            String state = now.map(status -> status.state().word() + ": " + status.reason())
                    .orElse("It is gone again; look at lattice:history " + place);
            output.event(meant.key().service() + " is declared" + Words.in(meant.mesh(), meshes) + " as in revision "
                    + earlier.revision() + " of " + earlier.version().time().instant() + ", by "
                    + overviews.of(meant.mesh()).who(earlier.version().author().node()) + ": "
                    + declaration.policy().inWords() + ". " + state,
                    Details.of("service", meant.key().service().name(), "mesh", meant.key().mesh().hex(), "revision",
                            earlier.revision(), "version", Declarations.inWords(earlier.version()), "declaration",
                            new String(earlier.value().get(), StandardCharsets.UTF_8), "state", state));
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    private static HistoryEntry chosen(Store root, Key place, Optional<String> asked) throws CommandException {
        List<HistoryEntry> history = root.history(place, FAR);
        Optional<byte[]> now = history.stream().filter(entry -> entry.outcome() == Outcome.CURRENT).findFirst()
                .flatMap(HistoryEntry::value);
        if (asked.isEmpty()) {
            return history.stream().filter(entry -> entry.outcome() == Outcome.OVERWRITTEN && isOther(entry, now))
                    .findFirst().orElseThrow(() -> new CommandException("The log of the store " + root.name()
                            + " holds no earlier declaration at " + place + " that is different: there was none, or it was "
                            + "compacted away."));
        }
        HistoryEntry entry = history.stream().filter(each -> asked.get().equals(String.valueOf(each.revision()))
                || asked.get().equals(Declarations.inWords(each.version()))).findFirst()
                .orElseThrow(() -> new CommandException("The log of the store " + root.name() + " holds no write "
                        + asked.get() + " at " + place + ": there was none, or it was compacted away. What there is: "
                        + "lattice:history " + place + (root.name().equals("root") ? "" : " --store " + root.name())));
        if (entry.outcome() == Outcome.VOID) {
            throw new CommandException("Revision " + entry.revision() + " is void: its author, node "
                    + entry.version().author().node().shortId() + ", was not allowed to write it.");
        }
        if (entry.value().isEmpty()) {
            throw new CommandException("Revision " + entry.revision() + " took the declaration back; to do that again: "
                    + "lattice:undeclare.");
        }
        if (!isOther(entry, now)) {
            throw new CommandException("Revision " + entry.revision() + " is what is declared now.");
        }
        return entry;
    }

    private static boolean isOther(HistoryEntry entry, Optional<byte[]> now) {
        return entry.value().isPresent() && (now.isEmpty() || !Arrays.equals(entry.value().get(), now.get()));
    }

    private Declaration checked(Meant meant, HistoryEntry earlier) throws CommandException {
        Declaration declaration;
        try {
            declaration = DeclarationFormat.read(earlier.value().orElseThrow());
        } catch (FormatException e) {
            throw new CommandException("The declaration of revision " + earlier.revision() + " " + e.getMessage(), e);
        }
        Optional<String> problem = registry.cycle(meant.key(), declaration)
                .or(() -> registry.schema(meant.key().service()).map(schema -> schema.check(declaration.config()))
                        .filter(ConfigSchema.Wrong.class::isInstance).map(wrong -> ((ConfigSchema.Wrong) wrong).reason()));
        if (problem.isPresent()) {
            throw new CommandException("Revision " + earlier.revision() + " would not be valid now. " + problem.get());
        }
        return declaration;
    }
}
