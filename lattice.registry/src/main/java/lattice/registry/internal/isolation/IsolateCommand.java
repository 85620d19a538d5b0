package lattice.registry.internal.isolation;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.node.ServiceStatus;
import lattice.api.store.StoreException;
import lattice.kernel.node.MetaStore;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Registry;
import lattice.registry.internal.command.Meant;
import lattice.registry.internal.declaration.Isolation;
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

/** {@code lattice:isolate}: where the owner lets a service of a bundle run. */
@Component(property = Command.NAME + "=isolate")
public final class IsolateCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);

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
        return new Syntax("isolate", "Say whether a service may run in this node's own process, or show it.",
                List.of(new Parameter(Meant.SERVICE, "the service", Arity.REQUIRED),
                        new Parameter("isolation", "process: only in one of its own; node: wherever its declaration says",
                                Arity.OPTIONAL)),
                List.of(MeshArgument.OPTION), true, List.of("lattice:isolate lattice.irc-gateway process",
                        "lattice:isolate lattice.irc-gateway node"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return switch (place) {
            case "--mesh" -> meshes.candidates();
            case Meant.SERVICE -> registry.offered().keySet().stream().map(ServiceId::name).toList();
            case "isolation" -> Arrays.stream(Isolation.values()).map(Isolation::word).toList();
            default -> List.of();
        };
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        InstanceKey key = Meant.by(arguments, meshes, registry).key();
        Optional<String> word = arguments.optional("isolation");
        if (word.isPresent()) {
            try {
                owner.set(key, Isolation.of(word.get()).orElseThrow(() -> new CommandException("'" + word.get()
                        + "' is no isolation; say process or node.")));
            } catch (StoreException e) {
                throw new CommandException("It could not be stored: " + e.getMessage(), e);
            }
        }
        Optional<ServiceStatus> status = registry.settle(key.mesh(), key.service(), PATIENCE);
        output.details(Details.of("service", key.service().name(), "mesh", key.mesh().hex(), "isolation", owner.get(key).word(), "state",
                status.map(each -> each.state().word()).orElse("not declared"), "reason",
                status.map(ServiceStatus::reason).orElse("Nothing is declared.")));
    }
}
