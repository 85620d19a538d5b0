package lattice.registry.internal.command;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.Key;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.registry.internal.InstanceKey;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Declarations;
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

/** {@code lattice:undeclare}: takes a declaration back. */
@Component(property = Command.NAME + "=undeclare")
public final class UndeclareCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private final Registry registry;
    private final MeshArgument meshes;

    @Activate
    public UndeclareCommand(@Reference Registry registry, @Reference MeshArgument meshes) {
        this.registry = registry;
        this.meshes = meshes;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("undeclare", "Take a declaration back; the service stops on every node that ran it for that.",
                List.of(new Parameter("service", "the service", Arity.REQUIRED)),
                List.of(Option.flag("--local", "take back what was declared for this node alone"),
                        MeshArgument.OPTION), true,
                List.of("lattice:undeclare lattice.irc-gateway", "lattice:undeclare lattice.irc-gateway --local"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Meant.candidates(place, meshes, registry);
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Meant meant = Meant.by(arguments, meshes, registry);
        InstanceKey key = meant.key();
        ServiceId service = key.service();
        Store mesh = registry.rootStore(meant.mesh());
        Key place = Declarations.place(service);
        boolean declaredByMesh = mesh.get(place).isPresent();
        boolean declaredLocally = registry.ownersWord().declares(key);
        if (!declaredByMesh && !declaredLocally || arguments.flag("--local") && !declaredLocally) {
            throw new CommandException(service + " is not declared" + (arguments.flag("--local")
                    ? " for this node alone" : "") + "; lattice:services lists what is.");
        }
        boolean local = arguments.flag("--local") || !declaredByMesh;
        try {
            if (local) {
                registry.ownersWord().undeclare(key);
            } else {
                mesh.delete(place);
            }
        } catch (StoreException e) {
            throw new CommandException(e.getMessage(), e);
        }
        Optional<String> left = registry.settle(mesh.id(), service, PATIENCE).map(status -> status.state().word());
        String outcome = left.isEmpty() ? "and does not run here."
                : local ? "for this node; the mesh declares it still, and it is " + left.get() + "."
                        : "by the mesh; it is declared for this node alone still, and is " + left.get() + ".";
        output.event(service + " is not declared any more " + outcome, Details.of("service", service.name(), "local",
                local,
                "state", left.orElse("NotDeclared")));
    }
}
