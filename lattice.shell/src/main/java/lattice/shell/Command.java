package lattice.shell;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A command of the shell, registered as a service. The shell finds it, parses its arguments, gives it {@code --help} and,
 * if it lists or shows, {@code --json}, and calls it as {@code lattice:name}.
 */
@ConsumerType
public interface Command {
    /** Service property: the command's name, so that it is known before its class is loaded. */
    String NAME = "lattice.command";

    Syntax syntax();

    /**
     * Does it. The calling thread is interrupted if the person gives up.
     *
     * @throws CommandException with one line for the person who typed it
     * @throws Exception anything else is logged, and its message shown in one line
     */
    void run(Arguments arguments, Output output) throws Exception;

    /**
     * Words that may stand where the person presses the tab key. One that ends in {@code /} is the beginning of others.
     *
     * @param place the name of the parameter or option whose value is asked for
     * @param arguments what was typed so far, the beginning of the word itself included
     */
    default List<String> candidates(String place, Arguments arguments) {
        return List.of();
    }
}
