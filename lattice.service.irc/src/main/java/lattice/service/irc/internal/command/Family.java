package lattice.service.irc.internal.command;

import java.util.List;

/** Commands that belong together. */
interface Family {
    List<Command> commands();
}
