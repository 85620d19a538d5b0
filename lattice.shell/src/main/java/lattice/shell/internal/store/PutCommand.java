package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.KEY;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Receipt;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Gives a key a value. */
@Component(property = Command.NAME + "=put")
public final class PutCommand implements Command {
    private static final String VALUE = "value";
    private static final String FILE = "--file";
    private static final Syntax SYNTAX = new Syntax("put", "Give a key a value.",
            List.of(new Syntax.Parameter(KEY, "such as /notes/today", Syntax.Arity.REQUIRED),
                    new Syntax.Parameter(VALUE, "what to keep there, as text", Syntax.Arity.OPTIONAL)),
            List.of(Syntax.Option.of(FILE, "file", "take the value from a file, byte for byte"), Stores.OPTION),
            false,
            List.of("lattice:put /notes/today 'Water the plants'", "lattice:put /notes/plan --file plan.txt"));

    private final Node node;

    @Activate
    public PutCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Optional<String> text = arguments.optional(VALUE);
        Optional<Path> file = arguments.file(FILE);
        if (text.isPresent() == file.isPresent()) {
            throw new CommandException("lattice:put takes a value or --file, one of them.");
        }
        Key key = new Key(arguments.required(KEY));
        byte[] value = file.isPresent() ? read(file.get()) : text.get().getBytes(StandardCharsets.UTF_8);
        Receipt receipt = Stores.asked(node, arguments).put(key, value);
        output.line(key + " has " + value.length + (value.length == 1 ? " byte" : " bytes") + " at revision "
                + receipt.position().revision() + ".");
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }

    private static byte[] read(Path file) throws CommandException {
        try (InputStream in = Files.newInputStream(file)) {
            // A byte more than a value may have, so that one that is too long is refused by its rule.
            return in.readNBytes(Mutation.MAX_VALUE_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new CommandException("There is no file " + file + ".", e);
        } catch (IOException e) {
            throw new CommandException("The file " + file + " can't be read: " + e.getMessage() + ".", e);
        }
    }
}
