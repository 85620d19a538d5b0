package lattice.kernel.internal.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
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
 * Puts a backup into a home that has no node. All of it is written and checked in a directory beside; only then the stores take
 * their place, in one step, and {@code identity.key} behind them: if that was interrupted, the next start does it. The stores get
 * new logs, and their authors new epochs: what was written after the backup is lost here but may be known elsewhere, and its
 * numbers must not be used again.
 */
public final class Restore {
    private static final Pattern STORE =
            Pattern.compile("store ([0-9a-f]{64}) ([^ ]{1,1024}) ([0-9]{1,18}) ([0-9a-f]{64})");
    private static final int MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
    /** In a home: its consents, tokens and invites are of before a restore, and are to be voided before anything runs. */
    public static final String RESTORED = "restored";

    private static final String STORES = "stores";
    private static final String UNFINISHED = "restore.unfinished";
    private static final FileLayer FILES = new DiskFiles();

    private Restore() {
    }

    /** @throws IOException if the home has a node, or the backup is damaged; the home is then as it was */
    public static void run(Path file, Path home) throws IOException {
        finish(home);
        if (Files.exists(home.resolve(BackupFile.IDENTITY)) || hasStores(home)) {
            throw new IOException("There is a node in " + home + " already: restore into another home, or move it away.");
        }
        Path unfinished = home.resolve(UNFINISHED);
        delete(unfinished);
        Files.createDirectories(unfinished.resolve(STORES));
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (String line : manifest(file, zip)) {
                Matcher store = STORE.matcher(line);
                if (!store.matches()) {
                    throw new IOException(file + " is damaged: its list of stores has a line that can't be read.");
                }
                restore(file, zip, store, unfinished);
            }
            extract(file, zip, BackupFile.IDENTITY, unfinished.resolve(BackupFile.IDENTITY));
            Files.setPosixFilePermissions(unfinished.resolve(BackupFile.IDENTITY),
                    PosixFilePermissions.fromString("rw-------"));
            new IdentityFile(unfinished.resolve(BackupFile.IDENTITY)).loadOrCreate();
            sync(unfinished.resolve(BackupFile.IDENTITY));
            FILES.syncDirectory(unfinished.resolve(STORES));
            FILES.syncDirectory(unfinished);
            Files.deleteIfExists(home.resolve(STORES));
            Files.move(unfinished.resolve(STORES), home.resolve(STORES), StandardCopyOption.ATOMIC_MOVE);
            FILES.syncDirectory(home);
            finish(home);
        } catch (ZipException e) {
            throw new IOException(file + " is no backup of a Lattice node, or it is damaged: " + e.getMessage() + ".", e);
        } finally {
            if (!isAlmostDone(home)) {
                delete(unfinished);
            }
        }
    }

    /** Does what is left of a restore that was interrupted at its very end; one that was before has changed nothing. */
    public static void finish(Path home) throws IOException {
        if (isAlmostDone(home)) {
            Path unfinished = home.resolve(UNFINISHED);
            FILES.writeAll(home.resolve(RESTORED), new byte[] {'\n'});
            Files.move(unfinished.resolve(BackupFile.IDENTITY), home.resolve(BackupFile.IDENTITY), StandardCopyOption.ATOMIC_MOVE);
            FILES.syncDirectory(home);
            delete(unfinished);
        }
    }

    /** Whether the stores have taken their place, and the key has not. */
    private static boolean isAlmostDone(Path home) {
        Path unfinished = home.resolve(UNFINISHED);
        return Files.exists(unfinished.resolve(BackupFile.IDENTITY)) && !Files.exists(home.resolve(BackupFile.IDENTITY))
                && Files.exists(home.resolve(STORES)) && !Files.exists(unfinished.resolve(STORES));
    }

    private static void sync(Path file) throws IOException {
        try (OpenFile open = FILES.write(file)) {
            open.sync();
        }
    }

    private static boolean hasStores(Path home) throws IOException {
        Path stores = home.resolve(STORES);
        if (!Files.isDirectory(stores)) {
            return false;
        }
        try (Stream<Path> found = Files.list(stores)) {
            return found.findAny().isPresent();
        }
    }

    private static List<String> manifest(Path file, ZipFile zip) throws IOException {
        ZipEntry entry = zip.getEntry(BackupFile.MANIFEST);
        if (entry == null || entry.getSize() > MAX_MANIFEST_BYTES) {
            throw new IOException(file + " is no backup of a Lattice node, or it was never finished.");
        }
        try (CheckedInputStream in = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
            List<String> lines = new ArrayList<>(
                    new String(in.readNBytes(MAX_MANIFEST_BYTES), StandardCharsets.UTF_8).lines().toList());
            check(file, entry, in);
            if (lines.isEmpty() || !lines.get(0).equals(BackupFile.FIRST_LINE)) {
                throw new IOException(file + " is a backup of a format that this version doesn't know: use a newer Lattice.");
            }
            return lines.subList(1, lines.size());
        }
    }

    private static void restore(Path file, ZipFile zip, Matcher store, Path unfinished) throws IOException {
        String id = store.group(1);
        Engine.Exported files = BackupFile.exported(unfinished, id);
        List<Path> all = List.of(files.snapshot(), files.log(), files.state());
        for (Path part : all) {
            if (part != files.state() || zip.getEntry(BackupFile.STORES + part.getFileName()) != null) {
                extract(file, zip, BackupFile.STORES + part.getFileName(), part);
            }
        }
        byte[] digest = StoreFactory.restore(FILES, unfinished.resolve(STORES), Hash.fromHex(id), files);
        for (Path part : all) {
            Files.deleteIfExists(part);
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

    private static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> all = Files.walk(tree)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
