package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.PREFIX;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Prefix;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Writes keys and values to a file of JSON lines. */
@Component(property = Command.NAME + "=export")
public final class ExportCommand implements Command {
    private static final String FILE = "file";
    private static final Syntax SYNTAX = new Syntax("export", "Write what is under a prefix to a file, a line of JSON a key.",
            List.of(new Syntax.Parameter(PREFIX, "such as /notes; / for everything", Syntax.Arity.REQUIRED),
                    new Syntax.Parameter(FILE, "where to; it must not be there yet", Syntax.Arity.REQUIRED)),
            List.of(Stores.OPTION), false, List.of("lattice:export /notes notes.jsonl"));

    private final Node node;

    @Activate
    public ExportCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Prefix prefix = new Prefix(arguments.required(PREFIX));
        Path file = arguments.file(FILE).orElseThrow().toAbsolutePath();
        long count;
        try (Stream<Entry> entries = Stores.asked(node, arguments).scan(prefix);
                BufferedWriter lines = Files.newBufferedWriter(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            count = write(entries.iterator(), lines, file);
        } catch (FileAlreadyExistsException e) {
            throw new CommandException("There is a file " + file + " already: name another one.", e);
        } catch (NoSuchFileException e) {
            throw new CommandException("There is no directory " + file.getParent() + ": make it, or name another file.", e);
        } catch (IOException e) {
            throw new CommandException("The file " + file + " can't be written: " + e.getMessage() + ".", e);
        }
        output.line(count + (count == 1 ? " key" : " keys") + " under " + prefix + " written to " + file + ".");
    }

    /** A file that could not be written to its end is not left behind: it would pass for a whole one. */
    private static long write(Iterator<Entry> entries, BufferedWriter lines, Path file) throws IOException {
        long count = 0;
        try {
            while (entries.hasNext()) {
                lines.write(ExportFormat.line(entries.next()));
                lines.newLine();
                count++;
            }
            lines.flush();
            return count;
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }
}
