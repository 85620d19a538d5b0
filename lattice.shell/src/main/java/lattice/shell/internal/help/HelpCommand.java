package lattice.shell.internal.help;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Table;
import lattice.shell.internal.command.CommandDirectory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Lists the commands. */
@Component(property = Command.NAME + "=help")
public final class HelpCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("help", "List the commands; COMMAND --help tells more of one.",
            List.of(), List.of(), true, List.of("lattice:help", "lattice:put --help"));

    private final CommandDirectory commands;

    @Activate
    public HelpCommand(@Reference CommandDirectory commands) {
        this.commands = commands;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        for (String name : commands.names()) {
            rows.add(List.of(CommandDirectory.SCOPE + ":" + name, summary(name)));
        }
        output.table(new Table(List.of("command", "summary"), rows, "There are no commands."));
    }

    private String summary(String name) throws Exception {
        try {
            Optional<String> summary = commands.use(name, command -> command.syntax().summary());
            return summary.orElse("(has just gone)");
        } catch (CommandException e) {
            return e.getMessage();
        }
    }
}
