package lattice.shell.internal.maintenance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lattice.kernel.node.Backup;
import lattice.kernel.node.Maintenance;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Writes the node to a file while it runs. */
@Component(property = Command.NAME + "=backup")
public final class BackupCommand implements Command {
    private static final String FILE = "file";
    private static final Syntax SYNTAX = new Syntax("backup",
            "Write this node, its key included, to a file, while it goes on; lattice restore takes it back.",
            List.of(new Syntax.Parameter(FILE, "which is not there yet; keep it as safe as the node",
                    Syntax.Arity.REQUIRED)),
            List.of(), true, List.of("lattice:backup /media/usb/node.backup"));

    private final Maintenance maintenance;

    @Activate
    public BackupCommand(@Reference Maintenance maintenance) {
        this.maintenance = maintenance;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Path file = arguments.file(FILE).orElseThrow().toAbsolutePath();
        // The kernel refuses it too, but only when all is written.
        if (Files.exists(file)) {
            throw new CommandException("There is a file " + file + " already: name another one.");
        }
        if (!Files.isDirectory(file.getParent())) {
            throw new CommandException("There is no directory " + file.getParent() + ": make it, or name another file.");
        }
        Backup backup;
        try {
            backup = maintenance.backup(file);
        } catch (IOException e) {
            throw new CommandException("The backup could not be written to " + file + ": " + e.getMessage(), e);
        }
        output.details(Details.of("file", backup.file().toString(), "bytes", backup.bytes(), "stores",
                backup.stores().stream().map(store -> store.name() + ": " + store.digest().values() + " values, digest "
                        + store.digest().hex()).toList(), "missing", backup.missing()));
        if (!backup.missing().isEmpty()) {
            throw new CommandException("The backup does not hold all: see above what is missing, and why.");
        }
    }
}
