package lattice.registry.internal.isolation;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.node.ServiceStatus;
import lattice.api.store.StoreException;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Registry;
import lattice.registry.internal.command.Meant;
import lattice.registry.internal.declaration.Isolation;
import lattice.registry.internal.isolation.OwnersIsolation.Wish;
import lattice.registry.process.Confinement;
import lattice.registry.process.Confinement.Sandbox;
import lattice.registry.process.MemorySize;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.MeshArgument;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Option;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:isolate}: where the owner lets a service of a bundle run. */
@Component(property = Command.NAME + "=isolate")
public final class IsolateCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);
    private static final List<String> CONFINING = List.of("--memory", "--files", "--processes", "--sandbox");

    private final Registry registry;
    private final OwnersIsolation owner;
    private final MeshArgument meshes;

    @Activate
    public IsolateCommand(@Reference Registry registry, @Reference MetaStore meta, @Reference MeshArgument meshes) {
        this.registry = registry;
        this.meshes = meshes;
        this.owner = new OwnersIsolation(meta);
    }

    @Override
    public Syntax syntax() {
        return new Syntax("isolate", "Say where a service of a bundle runs, and what a process of its own may use, or show it.",
                List.of(new Parameter(Meant.SERVICE, "the service", Arity.REQUIRED),
                        new Parameter("isolation", "process: only in one of its own; node: wherever its declaration says",
                                Arity.OPTIONAL)),
                List.of(Option.of("--memory", "size",
                                "what it may have in memory, a third of it for Java's heap (" + Confinement.STANDARD.memory() + ")"),
                        Option.of("--files", "number",
                                "how many file descriptors it may have open (" + Confinement.STANDARD.files() + ")"),
                        Option.of("--processes", "number",
                                "how many processes it may be (" + Confinement.STANDARD.processes() + ")"),
                        Option.of("--sandbox", "kind",
                                "network: it sees programs, itself and the network; closed: nor the network; none: all (none)"),
                        MeshArgument.OPTION),
                true, List.of("lattice:isolate lattice.irc-gateway process",
                        "lattice:isolate lattice.irc-gateway process --memory 512M --sandbox network",
                        "lattice:isolate lattice.irc-gateway node"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "--mesh" -> meshes.candidates();
            case Meant.SERVICE -> registry.offered().keySet().stream().map(ServiceId::name).toList();
            case "--sandbox" -> Arrays.stream(Sandbox.values()).map(IsolateCommand::word).toList();
            case "isolation" -> Arrays.stream(Isolation.values()).map(Isolation::word).toList();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        InstanceKey key = Meant.by(arguments, meshes, registry).key();
        if (registry.isolation(key).external()) {
            showDaemon(arguments, key, output);
            return;
        }
        Wish before = owner.get(key);
        Wish wish = new Wish(isolation(arguments).orElse(before.isolation()), confinement(arguments, before.confinement()));
        if (wish.isolation() == Isolation.PROCESS) {
            Optional<String> refusal = registry.refusalOfProcess(key.service());
            if (refusal.isPresent()) {
                throw new CommandException(key.service() + " can't run in a process of its own: " + refusal.get());
            }
        }
        if (!wish.equals(before)) {
            try {
                owner.set(key, wish);
            } catch (StoreException e) {
                throw new CommandException("It could not be stored: " + e.getMessage(), e);
            }
        }
        Optional<ServiceStatus> status = registry.settle(key.mesh(), key.service(), PATIENCE);
        Chosen chosen = registry.isolation(key);
        output.details(Details.of("service", key.service().name(), "mesh", key.mesh().hex(),
                "isolation", chosen.isolation().word(), "because", chosen.why(),
                "declared", chosen.declared().map(Isolation::word).orElse("nothing"), "owner", wish.isolation().word(),
                "memory", wish.confinement().memory().toString(), "files", wish.confinement().files(),
                "processes", wish.confinement().processes(), "sandbox", word(wish.confinement().sandbox()),
                "state", status.map(each -> each.state().word()).orElse("not declared"), "reason",
                status.map(ServiceStatus::reason).orElse("Nothing is declared.")));
    }

    private void showDaemon(Arguments arguments, InstanceKey key, Output output) throws CommandException {
        Chosen chosen = registry.isolation(key);
        if (arguments.optional("isolation").isPresent()
                || CONFINING.stream().anyMatch(option -> arguments.option(option).isPresent())) {
            throw new CommandException(key.service() + " is a daemon: a process of its own in any case, with the limits and the "
                    + "sandbox of its descriptor.");
        }
        output.details(Details.of("service", key.service().name(), "mesh", key.mesh().hex(),
                "isolation", chosen.isolation().word(), "because", chosen.why()));
    }

    private static Optional<Isolation> isolation(Arguments arguments) throws CommandException {
        Optional<String> word = arguments.optional("isolation");
        if (word.isPresent() && Isolation.of(word.get()).isEmpty()) {
            throw new CommandException("'" + word.get() + "' is no isolation; say process or node.");
        }
        return word.flatMap(Isolation::of);
    }

    private static Confinement confinement(Arguments arguments, Confinement before) throws CommandException {
        try {
            return new Confinement(arguments.option("--memory").map(MemorySize::of).orElse(before.memory()),
                    arguments.number("--files", before.files(), 1, Integer.MAX_VALUE),
                    arguments.number("--processes", before.processes(), 1, Integer.MAX_VALUE),
                    sandbox(arguments).orElse(before.sandbox()));
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    private static Optional<Sandbox> sandbox(Arguments arguments) throws CommandException {
        Optional<String> word = arguments.option("--sandbox");
        Optional<Sandbox> sandbox = word.flatMap(each -> Arrays.stream(Sandbox.values())
                .filter(kind -> word(kind).equals(each)).findFirst());
        if (word.isPresent() && sandbox.isEmpty()) {
            throw new CommandException("'" + word.get() + "' is no sandbox; say none, network or closed.");
        }
        return sandbox;
    }

    private static String word(Sandbox sandbox) {
        return sandbox.name().toLowerCase(Locale.ROOT);
    }
}
