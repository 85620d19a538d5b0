package lattice.daemon.internal;

import java.io.IOException;
import java.util.List;
import lattice.api.id.ServiceId;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:clean}: takes away what a daemon has left in its working directory. */
@Component(property = Command.NAME + "=clean")
public final class CleanCommand implements Command {
    private static final String SERVICE = "service";

    private final Daemons daemons;

    @Activate
    public CleanCommand(@Reference Daemons daemons) {
        this.daemons = daemons;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("clean", "Delete the working directory, below work/ of the node's home, of a daemon that does not run.",
                List.of(new Parameter(SERVICE, "the service", Arity.REQUIRED)), List.of(), false,
                List.of("lattice:clean org.example.clock"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        try {
            return place.equals(SERVICE) ? daemons.left().stream().map(ServiceId::name).toList() : List.of();
        } catch (IOException e) {
            return List.of(); // said when the command is run
        }
    }

    @Override
    public void run(Arguments arguments, Output output) throws CommandException {
        ServiceId service = new ServiceId(arguments.required(SERVICE));
        try {
            if (daemons.clean(service) == 0) {
                throw new CommandException(service + " has left nothing; what a daemon that runs works with is not touched.");
            }
        } catch (IOException e) {
            throw new CommandException("What " + service + " has left could not be deleted: " + e.getMessage(), e);
        }
        output.line("What " + service + " left in its working directory is deleted.");
    }
}
