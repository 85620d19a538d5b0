package lattice.shell.internal.command;

import java.util.List;
import java.util.Optional;
import lattice.shell.Command;

/** The commands that there are now. */
public interface CommandDirectory {
    /** The scope that all commands have in Gogo. */
    String SCOPE = "lattice";

    /** The names of all commands, in order. */
    List<String> names();

    /** Does something with the command of a name, if there is one. */
    <R> Optional<R> use(String name, Use<R> use) throws Exception;

    /** What is done with a command while it is held. */
    @FunctionalInterface
    interface Use<R> {
        R with(Command command) throws Exception;
    }
}
