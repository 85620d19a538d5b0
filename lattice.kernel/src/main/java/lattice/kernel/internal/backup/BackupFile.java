package lattice.kernel.internal.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.node.NodeKernel;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.node.Backup;
import lattice.kernel.node.StateDigest;

/**
 * A backup of a node: a ZIP file that its owner alone may read, for it holds the node's key.
 *
 * <pre>
 * identity.key            as in the home
 * stores/ID.cells         one for each store: its snapshot, as {@link lattice.kernel.internal.view.CellFile} has it
 * stores/ID.log           what its last checkpoint does not cover of its log, as {@code LogTail} has it
 * stores/ID.state         the state of that checkpoint, if there is one, as {@code StateFile} has it
 * lattice-backup          text, the last entry: "lattice-backup 2", then for each store "store ID NAME COUNT DIGEST"
 * </pre>
 */
public final class BackupFile {
    static final String MANIFEST = "lattice-backup";
    static final String FIRST_LINE = "lattice-backup 2";
    static final String IDENTITY = "identity.key";
    static final String STORES = "stores/";
    static final String CELLS = ".cells";
    static final String LOG = ".log";
    static final String STATE = ".state";

    private BackupFile() {
    }

    /** Writes a backup of a node that runs. */
    public static Backup write(NodeKernel kernel, Path file) throws IOException {
        List<String> missing = kernel.missingStores();
        List<Engine> stores = kernel.allStores();
        Path directory = file.toAbsolutePath().getParent();
        Path unfinished = Files.createTempFile(directory, "lattice-backup-", ".unfinished",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            List<Backup.BackedUpStore> backedUp = new ArrayList<>();
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE);
                    OutputStream raw = Channels.newOutputStream(channel);
                    ZipOutputStream zip = new ZipOutputStream(raw)) {
                zip.setLevel(Deflater.BEST_SPEED);
                zip.putNextEntry(new ZipEntry(IDENTITY));
                Files.copy(kernel.home().resolve(IDENTITY), zip);
                StringBuilder manifest = new StringBuilder(FIRST_LINE).append('\n');
                for (Engine store : stores) {
                    backedUp.add(add(store, zip, directory));
                    StateDigest digest = backedUp.get(backedUp.size() - 1).digest();
                    manifest.append("store ").append(store.id()).append(' ').append(store.name()).append(' ')
                            .append(digest.values()).append(' ').append(digest.hex()).append('\n');
                }
                zip.putNextEntry(new ZipEntry(MANIFEST));
                zip.write(manifest.toString().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
                zip.finish();
                channel.force(true);
            }
            long bytes = Files.size(unfinished);
            give(unfinished, file);
            new DiskFiles().syncDirectory(directory);
            return new Backup(file, bytes, backedUp, missing);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** Gives the backup its name, and takes no other file's. */
    static void give(Path unfinished, Path file) throws IOException {
        try {
            try {
                Files.createLink(file, unfinished);
            } catch (FileAlreadyExistsException e) {
                throw e;
            } catch (UnsupportedOperationException | FileSystemException e) {
                // FAT and the like, as many a disk to carry away has, know no links.
                Files.move(unfinished, file);
            }
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " is there already: name another file, or move that one away.", e);
        }
    }

    static Engine.Exported exported(Path directory, String store) {
        return new Engine.Exported(directory.resolve(store + CELLS), directory.resolve(store + LOG),
                directory.resolve(store + STATE));
    }

    private static Backup.BackedUpStore add(Engine store, ZipOutputStream zip, Path directory) throws IOException {
        // In a directory of its own that nobody else may look into, because the file is made by the store.
        Path hidden = Files.createTempDirectory(directory, "lattice-backup-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Engine.Exported files = exported(hidden, store.id().hex());
        List<Path> all = List.of(files.snapshot(), files.log(), files.state());
        try {
            Engine.StateDigest digest = store.export(files);
            for (Path file : all) {
                if (Files.exists(file)) {
                    zip.putNextEntry(new ZipEntry(STORES + file.getFileName()));
                    Files.copy(file, zip);
                    zip.closeEntry();
                }
            }
            return new Backup.BackedUpStore(store.name(),
                    new StateDigest(digest.revision(), digest.count(), HexFormat.of().formatHex(digest.hash())));
        } finally {
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
            Files.delete(hidden);
        }
    }
}
