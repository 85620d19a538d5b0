package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.KEY;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Store;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Prints the value of a key. */
@Component(property = Command.NAME + "=get")
public final class GetCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("get", "Print the value of a key: in a pipe byte for byte.",
            List.of(new Syntax.Parameter(KEY, "such as /notes/today", Syntax.Arity.REQUIRED)),
            List.of(Stores.OPTION), true,
            List.of("lattice:get /notes/today", "lattice:get /services/lattice.irc-gateway/config --json"));

    private final Node node;

    @Activate
    public GetCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Store store = Stores.asked(node, arguments);
        Key key = new Key(arguments.required(KEY));
        Optional<Entry> entry = store.get(key);
        if (entry.isEmpty()) {
            throw new CommandException("The store " + store.name() + " has no " + key + "; lattice:list shows what it has.");
        }
        Entry found = entry.get();
        List<Object> fields = new ArrayList<>(List.of("key", key.path()));
        fields.addAll(Shown.fields(found.value()));
        fields.addAll(List.of("revision", found.revision(), "concurrent", found.concurrent()));
        output.raw(found.value(), Shown.with(fields, found.version(), Optional.empty()));
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }
}
