package lattice.daemon.internal.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A note of what was started, {@code *.run} in a directory of the node's home: a line each for the machine's boot id, the
 * start's mark, and the first process's number and start, once it has one. It is written before the process is started, so
 * that a node that is killed at any moment finds what it left behind.
 */
final class RunFile {
    private static final Logger LOG = LoggerFactory.getLogger(RunFile.class);
    private static final String SUFFIX = ".run";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Path file;

    RunFile(Path directory, String name) {
        this.file = directory.resolve(name + SUFFIX);
    }

    void write(ProcessTree tree) throws IOException {
        StringBuilder text = new StringBuilder(ProcessTable.boot()).append('\n').append(tree.mark().text()).append('\n');
        tree.leader().ifPresent(leader -> text.append(leader.pid()).append(' ').append(leader.start()).append('\n'));
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, text);
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("The file system of " + file + " can't replace files at once.", e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} can't be deleted; it does no harm: {}", file, e.getMessage());
        }
    }

    /** Ends what a node that was killed has left behind, and forgets it; nothing else, whatever numbers it has. */
    static void endOrphans(Path directory) throws IOException {
        String boot = ProcessTable.boot();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            found.forEach(files::add);
        }
        for (Path file : files) {
            Optional<ProcessTree> tree = read(file, boot);
            if (tree.isPresent()) {
                tree.get().terminate(Optional.empty());
                boolean ended = false;
                try {
                    ended = tree.get().awaitEnd(Duration.ofSeconds(1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                int killed = ended ? 0 : tree.get().kill(PATIENCE);
                LOG.info("{}: what this node left running when it was killed has ended{}", file.getFileName(),
                        killed == 0 ? "" : ", " + killed + " of it by force");
            }
            Files.deleteIfExists(file);
        }
    }

    private static Optional<ProcessTree> read(Path file, String boot) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            if (lines.size() < 2 || !lines.get(0).equals(boot)) {
                return Optional.empty();
            }
            ProcessTree tree = new ProcessTree(new Mark(lines.get(1)));
            if (lines.size() > 2) {
                String[] leader = lines.get(2).split(" ");
                ProcessId id = new ProcessId(Long.parseLong(leader[0]), Long.parseLong(leader[1]));
                // Without it the number may be another's: then what is left is known by its mark alone.
                if (ProcessTable.row(id.pid()).filter(row -> row.id().equals(id)).isPresent()) {
                    tree.leader(id);
                }
            }
            return tree.members().isEmpty() ? Optional.empty() : Optional.of(tree);
        } catch (IOException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            LOG.warn("{} can't be understood, so what it may tell of is left alone: {}", file, e.getMessage());
            return Optional.empty();
        }
    }
}
