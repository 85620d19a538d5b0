package lattice.shell.internal.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import lattice.api.store.Mutation;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Puts what a file of JSON lines holds. All of the file is checked before any of it is written. */
@Component(property = Command.NAME + "=import")
public final class ImportCommand implements Command {
    private static final String FILE = "file";
    private static final int AT_ONCE = 500;
    private static final int BYTES_AT_ONCE = 1024 * 1024;
    private static final Syntax SYNTAX = new Syntax("import", "Put what a file of lattice:export holds; other keys stay.",
            List.of(new Syntax.Parameter(FILE, "what lattice:export wrote", Syntax.Arity.REQUIRED)),
            List.of(Stores.OPTION), false, List.of("lattice:import notes.jsonl"));

    private final Node node;

    @Activate
    public ImportCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Path file = arguments.file(FILE).orElseThrow().toAbsolutePath();
        Store store = Stores.asked(node, arguments);
        AtomicLong written = new AtomicLong();
        long count;
        try {
            read(file, mutations -> { });
            count = read(file, mutations -> {
                store.write(new Transaction(mutations, Optional.empty()));
                written.addAndGet(mutations.size());
            });
        } catch (StoreException e) {
            throw new CommandException((written.get() == 0 ? "Nothing of " + file + " was put: "
                    : "Of " + file + " the first " + written + " lines were put, and no others: ") + e.getMessage(), e);
        } catch (NoSuchFileException e) {
            throw new CommandException("There is no file " + file + ".", e);
        } catch (CharacterCodingException e) {
            throw new CommandException("The file " + file + " is no text in UTF-8, so not one that lattice:export wrote.", e);
        } catch (IOException e) {
            throw new CommandException("The file " + file + " can't be read: " + e.getMessage() + ".", e);
        }
        output.line(count + (count == 1 ? " key" : " keys") + " of " + file + " put into " + store.name() + ".");
    }

    private static long read(Path file, Batch batch) throws IOException, CommandException {
        List<Mutation> waiting = new ArrayList<>();
        long bytes = 0;
        long number = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                Mutation.Put put = ExportFormat.put(line, number, file);
                if (waiting.size() == AT_ONCE || bytes + put.value().length > BYTES_AT_ONCE && !waiting.isEmpty()) {
                    batch.full(waiting);
                    waiting = new ArrayList<>();
                    bytes = 0;
                }
                waiting.add(put);
                bytes += put.value().length;
            }
        }
        if (!waiting.isEmpty()) {
            batch.full(waiting);
        }
        return number;
    }

    /** Takes mutations that make a transaction. */
    private interface Batch {
        void full(List<Mutation> mutations);
    }
}
