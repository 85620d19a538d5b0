package lattice.shell.internal.console;

import java.util.Optional;
import lattice.kernel.node.Node;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.session.Sessions;
import org.jline.terminal.Terminal;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Opens shells that are attached to a running node. */
@Component(service = Shells.class)
public final class Shells {
    private final Node node;
    private final Sessions sessions;
    private final CommandDirectory commands;

    @Activate
    public Shells(@Reference Node node, @Reference Sessions sessions, @Reference CommandDirectory commands) {
        this.node = node;
        this.sessions = sessions;
        this.commands = commands;
    }

    /** @param terminal closed with the shell; its end is the shell's, which nothing else ends but {@code exit} */
    public InteractiveShell attached(Terminal terminal, boolean colours) {
        return new InteractiveShell(terminal, colours, Optional.of(node), true, sessions, commands, () -> false);
    }
}
