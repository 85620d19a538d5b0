package lattice.registry.internal.command;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import lattice.registry.internal.Registry;
import lattice.registry.internal.declaration.Tags;
import lattice.registry.internal.status.NodeTags;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import lattice.shell.Syntax.Arity;
import lattice.shell.Syntax.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code lattice:tags}: the tags of this node. */
@Component(property = Command.NAME + "=tags")
public final class TagsCommand implements Command {
    private static final int MOST = 64;
    private static final List<String> ACTIONS = List.of("add", "remove", "set");

    private final NodeTags tags;
    private final Registry registry;

    @Activate
    public TagsCommand(@Reference NodeTags tags, @Reference Registry registry) {
        this.tags = tags;
        this.registry = registry;
    }

    @Override
    public Syntax syntax() {
        return new Syntax("tags", "Show or change the tags of this node, which policies ask for.",
                List.of(new Parameter("action", "add, remove or set; without it, the tags are shown", Arity.OPTIONAL),
                        new Parameter("tag", "tags to add, to remove, or to have instead of all others", Arity.ANY)),
                List.of(), true, List.of("lattice:tags", "lattice:tags add gateway", "lattice:tags set gateway lab"));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        if (place.equals("action")) {
            return ACTIONS;
        }
        return arguments.optional("action").filter("remove"::equals).isPresent() ? List.copyOf(tags.get()) : List.of();
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        if (arguments.optional("action").isPresent()) {
            change(arguments.optional("action").get(), arguments.all("tag"));
            registry.freshView();
        }
        output.details(Details.of("tags", List.copyOf(tags.get())));
    }

    private void change(String action, List<String> named) throws CommandException {
        for (String tag : named) {
            if (!Tags.isTag(tag)) {
                throw new CommandException(Tags.rule(tag));
            }
        }
        Set<String> wanted = new TreeSet<>(tags.get());
        switch (action) {
            case "add" -> wanted.addAll(some(action, named));
            case "remove" -> {
                for (String tag : some(action, named)) {
                    if (!wanted.remove(tag)) {
                        throw new CommandException("This node has no tag " + tag + "; it has "
                                + (tags.get().isEmpty() ? "none." : String.join(", ", tags.get()) + "."));
                    }
                }
            }
            case "set" -> {
                wanted.clear();
                wanted.addAll(named);
            }
            default -> throw new CommandException("'" + action + "' is none of add, remove, set.");
        }
        if (wanted.size() > MOST) {
            throw new CommandException("A node has at most " + MOST + " tags.");
        }
        try {
            tags.set(wanted);
        } catch (IOException e) {
            throw new CommandException("The tags could not be stored: " + e.getMessage(), e);
        }
    }

    private static List<String> some(String action, List<String> named) throws CommandException {
        if (named.isEmpty()) {
            throw new CommandException("Name the tags to " + action + ", such as lattice:tags " + action + " gateway");
        }
        return named;
    }
}
