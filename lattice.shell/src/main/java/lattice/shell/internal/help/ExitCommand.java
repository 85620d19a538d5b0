package lattice.shell.internal.help;

import java.util.List;
import java.util.Optional;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.internal.session.Leave;
import lattice.shell.internal.session.NodeExit;
import org.apache.felix.service.command.Process;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Leaves the shell; where it is the node's own, that stops the node. */
@Component(property = Command.NAME + "=exit")
public final class ExitCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("exit",
            "Leave this shell, as Ctrl-D does. The shell of lattice run stops its node with it; one of lattice shell does not.",
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
        Optional<Leave> leave = Leave.of(Process.Utils.current().job().session());
        if (leave.isPresent()) {
            leave.get().take();
        } else {
            output.line("Stopping this node.");
            exit.request();
        }
    }
}
