package lattice.shell.internal.help;

import java.util.List;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.internal.session.NodeExit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Stops the node. */
@Component(property = Command.NAME + "=exit")
public final class ExitCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("exit", "Stop this node, as Ctrl-D does in its shell.",
            List.of(), List.of(), false, List.of("lattice:exit"));

    private final NodeExit exit;

    @Activate
    public ExitCommand(@Reference NodeExit exit) {
        this.exit = exit;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) {
        output.line("Stopping this node.");
        exit.request();
    }
}
