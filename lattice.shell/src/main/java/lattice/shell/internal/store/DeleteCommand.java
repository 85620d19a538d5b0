package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.KEY;

import java.util.List;
import lattice.api.store.Key;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Takes a key away. */
@Component(property = Command.NAME + "=delete")
public final class DeleteCommand implements Command {
    private static final Syntax SYNTAX = new Syntax("delete", "Take a key away; what it held stays in its history.",
            List.of(new Syntax.Parameter(KEY, "such as /notes/today", Syntax.Arity.REQUIRED)),
            List.of(Stores.OPTION), false, List.of("lattice:delete /notes/today"));

    private final Node node;

    @Activate
    public DeleteCommand(@Reference Node node) {
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
        if (store.get(key).isEmpty()) {
            output.line("The store " + store.name() + " has no " + key + ".");
            return;
        }
        Receipt receipt = store.delete(key);
        output.line(key + " is gone at revision " + receipt.position().revision() + ".");
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }
}
