package lattice.kernel.internal.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.OpenFile;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StoreFactory;

/**
 * Puts a backup into a home that has no node. All of it is written and checked in a directory {@code restore.unfinished}; what is
 * left of that when a restore was interrupted is thrown away. Once it is on disk as a whole it is called {@code restore.complete}:
 * from there on it counts, and whoever comes next, a start or a restore, moves it to its place. The stores get new logs, and their
 * authors new epochs: what was written after the backup is lost here but may be known elsewhere, and its numbers must not be used
 * again.
 */
public final class Restore {
    private static final Pattern STORE =
            Pattern.compile("store ([0-9a-f]{64}) ([^ ]{1,1024}) ([0-9]{1,18}) ([0-9a-f]{64})");
    private static final int MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
    /** In a home: its consents, tokens and invites are of before a restore, and are to be voided before anything runs. */
    public static final String RESTORED = "restored";

    private static final String STORES = "stores";

    private final FileLayer files;
    private final Path home;
    private final Path unfinished;
    private final Path complete;

    private Restore(FileLayer files, Path home) {
        this.files = files;
        this.home = home;
        unfinished = home.resolve("restore.unfinished");
        complete = home.resolve("restore.complete");
    }

    /** @throws IOException if the home has a node, or the backup is damaged; the home is then as it was */
    public static void run(Path file, Path home) throws IOException {
        run(new DiskFiles(), file, home);
    }

    /** The same in a file system that a test may let fail. */
    public static void run(FileLayer files, Path file, Path home) throws IOException {
        Restore restore = new Restore(files, home);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            restore.run(file, zip);
        } catch (ZipException e) {
            throw new IOException(file + " is no backup of a Lattice node, or it is damaged: " + e.getMessage() + ".", e);
        }
    }

    /** Does what is left of a restore that was interrupted when all was there already, and throws away what is left of another. */
    public static void finish(FileLayer files, Path home) throws IOException {
        Restore restore = new Restore(files, home);
        restore.delete(restore.unfinished);
        restore.finish();
    }

    private void run(Path file, ZipFile zip) throws IOException {
        byte[] manifest = manifest(file, zip);
        List<String> stores = stores(file, manifest);
        if (files.exists(complete)) {
            boolean isSame = files.readAll(complete.resolve(BackupFile.MANIFEST), MAX_MANIFEST_BYTES)
                    .filter(before -> Arrays.equals(before, manifest)).isPresent();
            finish();
            if (isSame) {
                return;
            }
        }
        if (files.exists(home.resolve(BackupFile.IDENTITY)) || !files.list(home.resolve(STORES)).isEmpty()) {
            throw new IOException("There is a node in " + home + " already: restore into another home, or move it away.");
        }
        // It is empty, and the backup's take its place: best known now if they can't, as another disk is mounted there.
        files.delete(home.resolve(STORES));
        delete(unfinished);
        try {
            // As the backup, for it holds the node's key.
            Files.createDirectories(unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            fill(file, zip, stores, manifest);
        } catch (IOException | RuntimeException e) {
            try {
                delete(unfinished);
            } catch (IOException deleting) {
                e.addSuppressed(deleting);
            }
            throw e;
        }
        files.rename(unfinished, complete);
        files.syncDirectory(home);
        finish();
    }

    private void fill(Path file, ZipFile zip, List<String> stores, byte[] manifest) throws IOException {
        files.createDirectories(unfinished.resolve(STORES));
        for (String line : stores) {
            Matcher store = STORE.matcher(line);
            if (!store.matches()) {
                throw new IOException(file + " is damaged: its list of stores has a line that can't be read.");
            }
            restore(file, zip, store);
        }
        Path identity = unfinished.resolve(BackupFile.IDENTITY);
        extract(file, zip, BackupFile.IDENTITY, identity);
        Files.setPosixFilePermissions(identity, PosixFilePermissions.fromString("rw-------"));
        new IdentityFile(identity).loadOrCreate();
        try (OpenFile open = files.write(identity)) {
            open.sync();
        }
        files.syncDirectory(unfinished.resolve(STORES));
        files.writeAll(unfinished.resolve(BackupFile.MANIFEST), manifest);
    }

    /** Moves what is complete to its place, as far as that was not done before. */
    private void finish() throws IOException {
        if (!files.exists(complete)) {
            return;
        }
        if (files.exists(complete.resolve(STORES))) {
            files.delete(home.resolve(STORES));
            files.rename(complete.resolve(STORES), home.resolve(STORES));
            files.syncDirectory(home);
        }
        if (files.exists(complete.resolve(BackupFile.IDENTITY))) {
            files.writeAll(home.resolve(RESTORED), new byte[] {'\n'});
            files.rename(complete.resolve(BackupFile.IDENTITY), home.resolve(BackupFile.IDENTITY));
            files.syncDirectory(home);
            files.syncDirectory(complete);
        }
        delete(complete);
    }

    private static byte[] manifest(Path file, ZipFile zip) throws IOException {
        ZipEntry entry = zip.getEntry(BackupFile.MANIFEST);
        if (entry == null || entry.getSize() > MAX_MANIFEST_BYTES) {
            throw new IOException(file + " is no backup of a Lattice node, or it was never finished.");
        }
        try (CheckedInputStream in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
            byte[] manifest = in.readNBytes(MAX_MANIFEST_BYTES);
            check(file, entry, in);
            return manifest;
        }
    }

    /** The lines of a manifest about the stores. */
    private static List<String> stores(Path file, byte[] manifest) throws IOException {
        List<String> lines = new String(manifest, StandardCharsets.UTF_8).lines().toList();
        if (lines.isEmpty() || !lines.get(0).equals(BackupFile.FIRST_LINE)) {
            throw new IOException(file + " is a backup of a format that this version doesn't know: use a newer Lattice.");
        }
        return lines.subList(1, lines.size());
    }

    private void restore(Path file, ZipFile zip, Matcher store) throws IOException {
        String id = store.group(1);
        Engine.Exported parts = BackupFile.exported(unfinished, id);
        List<Path> all = List.of(parts.snapshot(), parts.log(), parts.state());
        for (Path part : all) {
            if (part != parts.state() || zip.getEntry(BackupFile.STORES + part.getFileName()) != null) {
                extract(file, zip, BackupFile.STORES + part.getFileName(), part);
            }
        }
        byte[] digest = StoreFactory.restore(files, unfinished.resolve(STORES), Hash.fromHex(id), parts);
        for (Path part : all) {
            files.delete(part);
        }
        if (!HexFormat.of().formatHex(digest).equals(store.group(4))) {
            throw new IOException(file + " is damaged: store " + store.group(2) + " is not what was backed up.");
        }
    }

    private static void extract(Path file, ZipFile zip, String name, Path to) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException(file + " is damaged: " + name + " is missing.");
        }
        try (CheckedInputStream in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
            Files.copy(in, to);
            check(file, entry, in);
        }
    }

    /** Reading a ZIP file by its entries leaves their checksums to the reader. */
    private static void check(Path file, ZipEntry entry, CheckedInputStream in) throws IOException {
        if (in.getChecksum().getValue() != entry.getCrc()) {
            throw new IOException(file + " is damaged: the checksum of " + entry.getName() + " is wrong.");
        }
    }

    private void delete(Path tree) throws IOException {
        if (files.exists(tree)) {
            try (Stream<Path> all = Files.walk(tree)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    files.delete(path);
                }
            }
        }
    }
}
